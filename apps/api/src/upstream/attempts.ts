import { setTimeout as sleep } from 'node:timers/promises'
import type { ApiErrorCode } from '@slicechat/contract'
import { OptionalFields, type StreamOptions } from '@slicechat/model-server'
import type { CodedError } from '../errors.ts'
import type { Logger } from '../logger.ts'
import { CompletionError } from './completion-error.ts'
import { toCodedError } from './error-map.ts'
import type { UpstreamHealth } from './health.ts'

/** An answer that is asked for, as far as its attempts are concerned. */
export interface Attempted {
  requestId: string
  model: string
}

/**
 * Asks for an answer once.
 * @param requestId the id for this attempt: vLLM refuses a second request with the id of one that is still running
 * @param options the optional fields that the server is known to accept
 * @throws {CompletionError} if the answer failed
 */
export type Attempt<T> = (requestId: string, options: StreamOptions | undefined) => Promise<T>

const RETRIED_CODES: ReadonlySet<ApiErrorCode> = new Set([
  'UPSTREAM_UNREACHABLE',
  'UPSTREAM_BUSY',
  'UPSTREAM_BROKE_OFF',
  'RATE_LIMITED',
])

/** Longest wait before a retry; if the server asks for a longer one, the answer fails instead. */
const MAX_WAIT_MS = 10_000

/** Wait before a retry: half a second, doubled each time, with jitter so that many requests do not return together. */
function backoffMs(attempt: number, error: CodedError): number {
  return Math.max(error.details.retryAfterMs ?? 0, 500 * 2 ** attempt * (0.5 + Math.random() / 2))
}

/** The one policy of retries, for every answer of one model server. */
export class Attempts {
  readonly #maxRetries: number
  readonly #health: UpstreamHealth
  readonly #log: Logger
  readonly #fields = new OptionalFields()

  /** @param maxRetries further attempts after a failure before the answer has begun */
  constructor(maxRetries: number, health: UpstreamHealth, log: Logger) {
    this.#maxRetries = maxRetries
    this.#health = health
    this.#log = log
  }

  /**
   * Asks until there is an answer. Failures before it has begun are retried, later ones never. If the server refuses a
   * field that only serves to count tokens, the request is repeated without the field.
   * @throws {CodedError} with the reason; also when `signal` fires (the caller knows why)
   */
  async run<T>({ requestId, model }: Attempted, ask: Attempt<T>, signal: AbortSignal): Promise<T> {
    for (let [attempt, sent] = [0, 0]; ; sent++) {
      const options = this.#fields.streamOptions(model)
      try {
        const answer = await ask(sent === 0 ? requestId : `${requestId}-${sent}`, options)
        this.#health.succeeded()
        return answer
      } catch (error) {
        if (signal.aborted) throw error
        const failure = error instanceof CompletionError ? error : undefined
        const coded = failure?.coded ?? toCodedError(error)
        if (failure?.begun !== true) {
          const { said } = failure ?? {}
          if (said !== undefined && this.#fields.refused(model, said, options)) {
            this.#log.info({ requestId, refused: options }, 'asking without stream options')
            continue
          }
        }
        if (coded.code === 'EMPTY') this.#health.succeeded()
        else this.#health.failed(coded)
        const again =
          failure?.begun !== true &&
          attempt < this.#maxRetries &&
          RETRIED_CODES.has(coded.code) &&
          !this.#health.open
        if (!again) throw coded
        const waitMs = backoffMs(attempt, coded)
        if (waitMs > MAX_WAIT_MS) throw coded
        this.#log.warn({ requestId, code: coded.code, attempt, waitMs }, 'retrying upstream')
        await sleep(waitMs, undefined, { signal })
        attempt++
      }
    }
  }
}
