import type { ErrorShape } from './errors.ts'
import type { LIMITS } from './limits.ts'

/** Health of the model server. */
export interface UpstreamState {
  /** Whether the server can be reached; true until a request fails to. */
  reachable: boolean
  /**
   * `open` after several failures in a row. Requests are still sent, but with one attempt each, so that users get the
   * real error quickly. The first success closes the breaker again.
   */
  breaker: 'closed' | 'open'
  /** Time of the last change of `reachable`. ISO 8601, UTC. */
  since: string
  lastError?: ErrorShape & { at: string }
}

/** The state of the API, as one caller may know it. */
export interface SystemStatus {
  version: string
  draining: boolean
  upstream: UpstreamState
  /** `down` while the database cannot be reached: running answers go on, and new ones are refused. */
  store: 'up' | 'down'
  activeGenerations: number
  queuedGenerations: number
  /** Grows by one with each change to the caller's conversations: a new turn, a rename, a removal, an import. */
  conversationsRevision: number
  limits: {
    maxActive: number
    maxQueued: number
    queueTimeoutS: number
    messageChars: (typeof LIMITS)['messageChars']
  }
}
