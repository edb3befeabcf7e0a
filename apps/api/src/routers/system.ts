import { procedures, router } from '../trpc.ts'

export const system = router({
  /** The state of the API, for operators and for banners in the UI. */
  status: procedures.read.query(({ ctx }) => ctx.services.status()),
})
