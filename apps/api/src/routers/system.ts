import { procedure, router } from '../trpc.ts'

export const system = router({
  /** What an operator, or a banner in the UI, wants to know at a glance. */
  status: procedure.query(({ ctx: { services } }) => ({
    version: services.version,
    draining: services.generations.draining,
    upstream: services.health.state(),
    activeGenerations: services.admission.active,
    queuedGenerations: services.admission.queued,
    limits: services.limits,
  })),
})
