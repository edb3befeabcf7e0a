import { type ApiErrorCode, type UpstreamState, omitUndefined } from '@slicechat/contract'
import type { CodedError } from '../errors.ts'

/** Failures in a row after which retries stop, because they would only delay the error. */
const FAILURES_UNTIL_OPEN = 5
/** Failures within this time count as one: a hundred requests that fail together do not mean that the next ones will. */
const ONE_FAILURE_MS = 250

/** Errors that prove that the server is reachable. */
const ANSWER_CODES: ReadonlySet<ApiErrorCode> = new Set([
  'UPSTREAM_REJECTED',
  'RATE_LIMITED',
  'MODEL_NOT_FOUND',
  'CONTEXT_TOO_LONG',
])

/** Health of the model server, as seen from the API's requests and probes. */
export class UpstreamHealth {
  /** Undefined until the server has answered or failed to. */
  #reachable: boolean | undefined
  #since = new Date()
  #failures = 0
  #countedAt = -Infinity
  #lastError: UpstreamState['lastError']
  readonly #onChange: (reachable: boolean) => void

  /** @param onChange called when the server has first answered or failed to, then on each change */
  constructor(onChange: (reachable: boolean) => void) {
    this.#onChange = onChange
  }

  get open(): boolean {
    return this.#failures >= FAILURES_UNTIL_OPEN
  }

  succeeded(): void {
    this.#failures = 0
    this.#set(true)
  }

  /** Records that the server answered, whatever the answer was. */
  answered(): void {
    this.#set(true)
  }

  /** Records an error. Only failures of the server or its connection count for the breaker; a refused prompt does not. */
  failed(error: CodedError): void {
    this.#lastError = { ...error.shape(), at: new Date().toISOString() }
    if (error.code === 'UPSTREAM_UNREACHABLE') this.#set(false)
    if (ANSWER_CODES.has(error.code)) this.#set(true)
    if (!error.code.startsWith('UPSTREAM_') || error.code === 'UPSTREAM_REJECTED') return
    const now = performance.now()
    if (now - this.#countedAt < ONE_FAILURE_MS) return
    this.#failures++
    this.#countedAt = now
  }

  state(): UpstreamState {
    return {
      // Before the first request the server counts as reachable, so that nobody is warned too early.
      reachable: this.#reachable ?? true,
      breaker: this.open ? 'open' : 'closed',
      since: this.#since.toISOString(),
      ...omitUndefined({ lastError: this.#lastError }),
    }
  }

  #set(reachable: boolean): void {
    if (this.#reachable === reachable) return
    this.#reachable = reachable
    this.#since = new Date()
    this.#onChange(reachable)
  }
}
