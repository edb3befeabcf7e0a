import { z } from 'zod'
import * as input from '../input.ts'
import { procedures, router } from '../trpc.ts'
import { usageRange } from './usage-range.ts'

const one = z.strictObject({ id: input.id })
const limit = (max: number) => z.int().min(1).max(max).nullable()
const budget = z.strictObject({
  answersAtOnce: limit(1_000_000),
  requestsPerMinute: limit(1_000_000),
  tokensPerDay: limit(1e12),
})
const subject = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('default') }),
  z.strictObject({ kind: z.literal('owner'), owner: z.string().min(1).max(200) }),
  z.strictObject({ kind: z.literal('key'), keyId: input.id }),
])

/** What admins see and set of keys, budgets, usage and running answers. Each change is in the audit log. */
export const adminUsage = {
  keys: router({
    /** The keys of a person, newest first. */
    list: procedures.admin
      .input(z.strictObject({ userId: input.id }))
      .query(({ ctx, input: { userId } }) => ctx.services.supervision.keys(userId)),

    revoke: procedures.admin
      .input(one)
      .mutation(({ ctx, input: { id } }) => ctx.services.supervision.revokeKey(id)),
  }),

  budgets: router({
    /** The default budget and those that were set. */
    get: procedures.admin.query(({ ctx }) => ctx.services.supervision.budgets()),

    /** Sets a budget; `null` removes it. */
    set: procedures.admin
      .input(z.strictObject({ subject, budget: budget.nullable() }))
      .mutation(({ ctx, input: call }) => ctx.services.supervision.setBudget(call.subject, call.budget)),
  }),

  /** What everybody used, by day, owner and model. */
  usage: procedures.admin
    .input(usageRange)
    .query(({ ctx, input: range }) => ctx.services.supervision.usage(range)),

  answers: router({
    /** The answers that run or wait, without their text. */
    list: procedures.admin.query(({ ctx }) => ctx.services.supervision.answers()),

    stop: procedures.admin.input(one).mutation(async ({ ctx, input: { id } }) => ({
      stopped: await ctx.services.supervision.stopAnswer(id),
    })),
  }),
}
