import { z } from 'zod'
import * as input from '../input.ts'
import { procedure, router } from '../trpc.ts'

const one = z.strictObject({ id: input.id })

export const runs = router({
  /**
   * Stores a load test's `run.json`. Uploading the same run again changes nothing; another run with its id is
   * refused.
   */
  upload: procedure
    .input(input.upload)
    .mutation(({ ctx, input: { run } }) => ctx.services.runs.upload(ctx.owner, run)),

  /** Lists runs, newest first; `query` searches names. */
  list: procedure
    .input(input.list)
    .query(({ ctx, input: call }) => ctx.services.runStore.list(ctx.owner, call)),

  get: procedure.input(one).query(({ ctx, input: { id } }) => ctx.services.runs.get(ctx.owner, id)),

  remove: procedure
    .input(one)
    .mutation(({ ctx, input: { id } }) => ctx.services.runStore.remove(ctx.owner, id)),
})
