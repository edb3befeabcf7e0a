import type { EngineLoad } from '../engine/engine.ts'
import { BACKLOG_FULL, ENGINE_BUSY, HttpError, type ErrorBody } from '../http/http-error.ts'
import type { RejectionReason } from '../metrics/vllm-metrics.ts'
import type { SimulatorContext } from '../simulator-context.ts'

/** The parts of the context that decide about admission. */
interface Limited extends Pick<SimulatorContext, 'engine' | 'metrics'> {
  readonly configuration: Pick<SimulatorContext['configuration'], 'maxNumQueuedReqs' | 'maxNumQueuedTokens'>
}

const BODIES: Record<RejectionReason, ErrorBody> = {
  max_num_queued_reqs: ENGINE_BUSY,
  max_num_queued_tokens: BACKLOG_FULL,
}

/**
 * Decides whether one more request may be queued. Limits and counts are those of `check_admission` in vLLM's
 * `v1/engine/async_llm.py`. vLLM checks twice: before it renders the prompt, when a refusal is still an HTTP status, and
 * when the engine gets the request, when a stream has begun and its refusal is an event. vLLM renders simultaneous
 * requests side by side, so that the first check counts none of them. Here, requests are simultaneous if they arrive in
 * the same turn of the event loop.
 */
export class Admission {
  readonly #context: Limited
  #atTurn: EngineLoad | undefined

  constructor(context: Limited) {
    this.#context = context
  }

  /**
   * The first check, before the prompt is rendered.
   * @throws {HttpError} with vLLM's 503
   */
  preflight(): void {
    if (!this.#isLimited) return
    if (this.#atTurn === undefined) {
      this.#atTurn = this.#context.engine.load()
      setImmediate(() => (this.#atTurn = undefined))
    }
    const refused = this.#judge(this.#atTurn)
    if (refused !== undefined) throw new HttpError(refused)
  }

  /** The second check. @returns the error for the client, if the request is refused */
  refusal(): ErrorBody | undefined {
    return this.#isLimited ? this.#judge(this.#context.engine.load()) : undefined
  }

  get #isLimited(): boolean {
    const { maxNumQueuedReqs, maxNumQueuedTokens } = this.#context.configuration
    return maxNumQueuedReqs !== undefined || maxNumQueuedTokens !== undefined
  }

  #judge({ running, waiting, queuedPromptTokens }: EngineLoad): ErrorBody | undefined {
    const { maxNumQueuedReqs = Infinity, maxNumQueuedTokens = Infinity } = this.#context.configuration
    if (running + waiting >= maxNumQueuedReqs) return this.#reject('max_num_queued_reqs')
    if (queuedPromptTokens >= maxNumQueuedTokens) return this.#reject('max_num_queued_tokens')
    return undefined
  }

  #reject(reason: RejectionReason): ErrorBody {
    this.#context.metrics.rejections[reason].add(1)
    return BODIES[reason]
  }
}
