import { z } from 'zod'
import * as input from '../input.ts'
import { authed, router } from '../trpc.ts'

const one = z.strictObject({ id: input.id })

export const runs = router({
  /**
   * Stores a load test's `run.json`. Uploading the same run again changes nothing; another run with its id is
   * refused.
   */
  upload: authed.input(input.upload).mutation(({ ctx, input: { run } }) => ctx.services.runs.upload(run)),

  /** Lists runs, newest first; `query` searches names. */
  list: authed.input(input.list).query(({ ctx, input: call }) => ctx.services.runs.list(call)),

  get: authed.input(one).query(({ ctx, input: { id } }) => ctx.services.runs.get(id)),

  remove: authed.input(one).mutation(({ ctx, input: { id } }) => ctx.services.runs.remove(id)),
})
