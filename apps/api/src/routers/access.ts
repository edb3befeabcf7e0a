import { z } from 'zod'
import * as input from '../input.ts'
import { procedures, router } from '../trpc.ts'

const token = z.string().regex(/^[\w-]{16,100}$/, 'must be the token of a link')
const password = z.string().max(1_000)

/** What anybody may call, signed in or not. */
export const access = router({
  /** How people sign in here. */
  mode: procedures.open.query(({ ctx }) => ctx.visitors.mode()),

  /** What an invitation is for. A mutation, so that the token stays out of URLs. */
  invitation: procedures.open
    .input(z.strictObject({ token }))
    .mutation(({ ctx, input: call }) => ctx.visitors.invitation(call.token, ctx.address)),

  /** Makes an account by an invitation. The page signs in with it afterwards. */
  acceptInvitation: procedures.open
    .input(z.strictObject({ token, name: input.personName, email: input.email, password }))
    .mutation(({ ctx, input: call }) => ctx.visitors.accept(call, ctx.address)),

  /** Sends a link that sets a new password, if there is such an account; the answer does not tell. */
  requestReset: procedures.open
    .input(z.strictObject({ email: input.email }))
    .mutation(({ ctx, input: call }) => ctx.visitors.requestReset(call.email, ctx.address)),

  /** Sets a new password by a link. */
  resetPassword: procedures.open
    .input(z.strictObject({ token, password }))
    .mutation(({ ctx, input: call }) => ctx.visitors.resetPassword(call.token, call.password, ctx.address)),
})
