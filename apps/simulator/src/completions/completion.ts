import type { Sequence } from '../engine/engine.ts'
import type { RequestFault } from '../faults/fault.ts'
import type { Exchange } from '../http/exchange.ts'
import type { ErrorBody } from '../http/http-error.ts'
import type { PromptTokensDetails, RequestRecord, RequestTimings } from '../metrics/request-record.ts'
import type { SimulatorContext } from '../simulator-context.ts'
import type { Answer } from './answer.ts'
import type { CompletionRequest } from './completion-request.ts'
import type { Endpoint } from './endpoint.ts'

/** A request that was accepted, and the answer that it will get. */
export interface AcceptedRequest {
  readonly endpoint: Endpoint
  readonly exchange: Exchange
  readonly request: CompletionRequest
  readonly answer: Answer
  readonly record: RequestRecord
  /** The id of the completion, `chatcmpl-…` or `cmpl-…`. */
  readonly id: string
  /** Whole seconds since 1970. */
  readonly created: number
  readonly promptIds: readonly number[]
  readonly fault: RequestFault | undefined
}

/**
 * A completion while the engine works on it. The engine tells how many tokens there are; the two kinds of
 * completion differ only in how these reach the client.
 */
export abstract class Completion implements Sequence {
  readonly promptTokens: number
  readonly outputTokens: number
  readonly cacheSalt: string
  protected readonly context: SimulatorContext
  protected readonly accepted: AcceptedRequest
  protected readonly answer: Answer
  readonly #record: RequestRecord
  /** Tokens of the answer that the engine has produced. */
  protected produced = 0
  protected closed = false
  #onClosed: (() => void) | undefined

  constructor(context: SimulatorContext, accepted: AcceptedRequest) {
    const { answer, promptIds, request, record } = accepted
    this.context = context
    this.accepted = accepted
    this.answer = answer
    this.#record = record
    this.promptTokens = promptIds.length
    this.outputTokens = answer.tokens.length
    this.cacheSalt = request.cacheSalt
  }

  /** Sends what can be sent of the tokens so far. Called after every step that produced some. */
  protected abstract advance(): void

  /** Ends the response with an error. */
  protected abstract sendError(error: ErrorBody): void

  /**
   * Queues the completion in the engine, later if a fault says so. The engine drops it when it is closed: because it is
   * complete, failed, or its client is gone.
   */
  start(onClosed: () => void): void {
    const { clock, engine } = this.context
    const { exchange, fault, record } = this.accepted
    const cancel =
      fault?.kind === 'slow-start' ? clock.after(fault.ms, () => engine.submit(this, clock.now())) : undefined
    this.#onClosed = () => {
      cancel?.()
      onClosed()
    }
    exchange.response.once('close', () => this.close())
    if (cancel === undefined) engine.submit(this, record.arrivalMs)
  }

  tokenAt(position: number): number {
    return this.accepted.promptIds[position] ?? this.answer.tokens[position - this.promptTokens]?.id ?? 0
  }

  scheduled(atMs: number, cachedTokens: number): void {
    this.#record.scheduled(atMs, cachedTokens)
  }

  preempted(): void {
    this.#record.preempted()
  }

  produce(count: number, atMs: number): void {
    this.#record.produced(count, atMs)
    this.produced += count
    if (this.produced >= this.outputTokens) this.#record.finished(this.answer.finishReason, atMs)
    this.advance()
  }

  /** Ends the completion with an error, as vLLM does when the engine dies. */
  fail(error: ErrorBody): void {
    if (this.closed) return
    this.sendError(error)
    this.close()
  }

  /** Leaves the engine; nothing is sent any more. */
  protected close(): void {
    if (this.closed) return
    this.closed = true
    this.context.engine.abort(this)
    this.#onClosed?.()
  }

  /** The `metrics` of the response, with `--enable-per-request-metrics`. */
  protected timings(): RequestTimings | undefined {
    return this.context.configuration.enablePerRequestMetrics ? this.#record.timings() : undefined
  }

  /** The `prompt_tokens_details` of the usage, with `--enable-prompt-tokens-details`. */
  protected promptTokensDetails(): PromptTokensDetails | undefined {
    const { enablePromptTokensDetails } = this.context.configuration
    return enablePromptTokensDetails ? this.#record.promptTokensDetails() : undefined
  }
}
