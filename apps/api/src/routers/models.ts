import { procedure, router } from '../trpc.ts'

export const models = router({
  /**
   * The models that can be asked: those that the server lists, and `MODEL`. One is the `default`, which answers calls
   * that name none; empty where the server lists nothing and `MODEL` is not set. `simulated` marks the simulator's, whose ids begin with `sim/`.
   */
  list: procedure.query(async ({ ctx }) =>
    (await ctx.services.models.list()).map((model) => ({
      ...model,
      simulated: model.id.startsWith('sim/'),
    })),
  ),
})
