import { procedure, router } from '../trpc.ts'

export const system = router({
  /** The state of the API, for operators and for banners in the UI. */
  status: procedure.query(({ ctx: { services, owner } }) => ({
    version: services.version,
    draining: services.generations.draining,
    upstream: services.health.state(),
    activeGenerations: services.admission.active,
    queuedGenerations: services.admission.queued,
    /** Grows by one with each change to the caller's conversations: a new turn, a rename, a removal, an import. */
    conversationsRevision: services.revisions.of(owner),
    limits: services.limits,
  })),
})
