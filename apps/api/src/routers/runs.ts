import { z } from 'zod'
import * as input from '../contract/input.ts'
import { procedure, router } from '../trpc.ts'

const one = z.strictObject({ id: input.id })

export const runs = router({
  /** Keeps a load test's `run.json`. The same run again is the same call; another one of its id is refused. */
  upload: procedure
    .input(input.upload)
    .mutation(({ ctx, input: { run } }) => ctx.services.runs.upload(ctx.owner, run)),

  /** Newest first; `query` looks into names. */
  list: procedure
    .input(input.list)
    .query(({ ctx, input: call }) => ctx.services.runStore.list(ctx.owner, call)),

  get: procedure.input(one).query(({ ctx, input: { id } }) => ctx.services.runs.get(ctx.owner, id)),

  remove: procedure
    .input(one)
    .mutation(({ ctx, input: { id } }) => ctx.services.runStore.remove(ctx.owner, id)),
})
