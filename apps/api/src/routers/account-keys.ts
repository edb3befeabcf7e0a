import { SCOPES } from '@slicechat/contract'
import { z } from 'zod'
import * as input from '../input.ts'
import { procedures, router } from '../trpc.ts'
import { usageRange } from './usage-range.ts'

/** The caller's own keys, budgets and usage. */
export const accountKeys = {
  keys: router({
    list: procedures.read.query(({ ctx }) => ctx.services.keys.list()),

    /** Makes a personal key, which is shown in this answer only. */
    create: procedures.chat
      .input(
        z.strictObject({
          name: input.personName,
          scopes: z.array(z.enum(SCOPES)).min(1).max(SCOPES.length),
          expiresAt: z.iso
            .datetime({ offset: true })
            .transform((at) => new Date(at).toISOString())
            .nullish(),
        }),
      )
      .mutation(({ ctx, input: { expiresAt = null, ...call } }) =>
        ctx.services.keys.create({ ...call, expiresAt }),
      ),

    /** Revokes a key, with its sockets. */
    revoke: procedures.chat
      .input(z.strictObject({ id: input.id }))
      .mutation(({ ctx, input: { id } }) => ctx.services.keys.revoke(id)),
  }),

  /** What the caller has used of its limits. */
  budget: procedures.read.query(({ ctx }) => ctx.services.budget()),

  /** What the caller has used, by day and model. */
  usage: procedures.read.input(usageRange).query(({ ctx, input: range }) => ctx.services.usage(range)),
}
