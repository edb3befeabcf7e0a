import type { CodedError, ErrorCode, ErrorShape } from '../errors.ts'

/** Failures in a row after which retrying only delays the bad news. */
const failuresUntilOpen = 5
/** Failures within so long are one: a hundred requests that break together are no sign that the next will too. */
const oneFailureMs = 250

/** Errors that only a server that is there can give. */
const answers: ReadonlySet<ErrorCode> = new Set([
  'UPSTREAM_REJECTED',
  'RATE_LIMITED',
  'MODEL_NOT_FOUND',
  'CONTEXT_TOO_LONG',
])

export interface UpstreamState {
  /** True until a request has failed to reach it. */
  reachable: boolean
  /**
   * `open` after several failures in a row: requests still go through, one attempt each, so that users
   * get the real error quickly and the first success closes it again. Nothing is hidden or made up.
   */
  breaker: 'closed' | 'open'
  /** When `reachable` last changed. ISO 8601, UTC. */
  since: string
  lastError?: ErrorShape & { at: string }
}

/** What the API knows of its model server, from its own requests and from probes. */
export class UpstreamHealth {
  /** Undefined until it has answered, or failed to. */
  #reachable: boolean | undefined
  #since = new Date()
  #failures = 0
  #countedAt = -Infinity
  #lastError: UpstreamState['lastError']
  readonly #onChange: (reachable: boolean) => void

  /** @param onChange is told first when the server has answered or failed to, then of each change */
  constructor(onChange: (reachable: boolean) => void) {
    this.#onChange = onChange
  }

  get open(): boolean {
    return this.#failures >= failuresUntilOpen
  }

  succeeded(): void {
    this.#failures = 0
    this.#set(true)
  }

  /** It is there, whatever it said. */
  answered(): void {
    this.#set(true)
  }

  /** Only failures to reach or to be served count: a refused prompt says nothing about the server. */
  failed(error: CodedError): void {
    this.#lastError = { ...error.shape(), at: new Date().toISOString() }
    if (error.code === 'UPSTREAM_UNREACHABLE') this.#set(false)
    if (answers.has(error.code)) this.#set(true)
    if (!error.code.startsWith('UPSTREAM_') || error.code === 'UPSTREAM_REJECTED') return
    const now = performance.now()
    if (now - this.#countedAt < oneFailureMs) return
    this.#failures++
    this.#countedAt = now
  }

  state(): UpstreamState {
    return {
      // Nobody is warned of a failure that has not been.
      reachable: this.#reachable ?? true,
      breaker: this.open ? 'open' : 'closed',
      since: this.#since.toISOString(),
      ...(this.#lastError === undefined ? {} : { lastError: this.#lastError }),
    }
  }

  #set(reachable: boolean): void {
    if (this.#reachable === reachable) return
    this.#reachable = reachable
    this.#since = new Date()
    this.#onChange(reachable)
  }
}
