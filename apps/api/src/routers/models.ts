import { procedure, router } from '../trpc.ts'

export const models = router({
  /** The models that the server lists. `simulated` marks the simulator's, whose ids begin with `sim/`. */
  list: procedure.query(async ({ ctx }) =>
    (await ctx.services.models.list()).map(({ id, maxModelLen }) => ({
      id,
      maxModelLen,
      simulated: id.startsWith('sim/'),
    })),
  ),
})
