import { authed, router } from '../trpc.ts'

export const system = router({
  /** The state of the API, for operators and for banners in the UI. */
  status: authed.query(({ ctx }) => ctx.services.status()),
})
