import { z } from 'zod'
import * as input from '../input.ts'
import { procedures, router } from '../trpc.ts'

const one = z.strictObject({ id: input.id })

export const runs = router({
  /**
   * Stores a load test's `run.json`. Uploading the same run again changes nothing; another run with its id is
   * refused.
   */
  upload: procedures.runs
    .input(input.upload)
    .mutation(({ ctx, input: { run } }) => ctx.services.runs.upload(run)),

  /** Lists runs, newest first; `query` searches names. */
  list: procedures.runs.input(input.list).query(({ ctx, input: call }) => ctx.services.runs.list(call)),

  get: procedures.runs.input(one).query(({ ctx, input: { id } }) => ctx.services.runs.get(id)),

  remove: procedures.runs.input(one).mutation(({ ctx, input: { id } }) => ctx.services.runs.remove(id)),
})
