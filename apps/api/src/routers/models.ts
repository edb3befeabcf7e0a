import { procedures, router } from '../trpc.ts'

export const models = router({
  /**
   * Lists the models that can be asked: those that the server lists, and `MODEL`. One is the `default`, which answers
   * calls that name no model. The list is empty if the server lists nothing and `MODEL` is not set. `simulated` marks
   * the simulator's models, whose ids begin with `sim/`.
   */
  list: procedures.read.query(async ({ ctx }) =>
    (await ctx.services.models()).map((model) => ({
      ...model,
      simulated: model.id.startsWith('sim/'),
    })),
  ),
})
