import { z } from 'zod'
import * as input from '../input.ts'
import { procedures, router } from '../trpc.ts'
import { accountKeys } from './account-keys.ts'

const password = z.string().max(1_000)

/** The caller's own account. */
export const account = router({
  ...accountKeys,

  me: procedures.read.query(({ ctx }) => ctx.services.account.me()),

  sessions: router({
    list: procedures.read.query(({ ctx }) => ctx.services.account.sessions()),

    /** Signs a session out, with its sockets. */
    revoke: procedures.chat
      .input(z.strictObject({ id: input.id }))
      .mutation(({ ctx, input: { id } }) => ctx.services.account.revokeSession(id)),
  }),

  rename: procedures.chat
    .input(z.strictObject({ name: input.personName }))
    .mutation(({ ctx, input: { name } }) => ctx.services.account.rename(name)),

  /** Changes the password and ends all other sessions. */
  changePassword: procedures.chat
    .input(z.strictObject({ currentPassword: password, newPassword: password }))
    .mutation(({ ctx, input: call }) =>
      ctx.services.account.changePassword(call.currentPassword, call.newPassword),
    ),

  /** Everything that is kept of the caller, page by page. */
  export: procedures.read
    .input(z.strictObject({ cursor: z.string().max(200).nullish() }).default({}))
    .query(({ ctx, input: { cursor } }) =>
      ctx.services.account.export(ctx.services.conversations, ctx.services.runs, cursor ?? null),
    ),

  /** Removes the account and everything that belongs to it. */
  remove: procedures.chat
    .input(z.strictObject({ password: password.optional() }))
    .mutation(({ ctx, input: call }) => ctx.services.account.remove(call.password)),
})
