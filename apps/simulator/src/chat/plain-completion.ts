import type { Sequence } from '../engine/engine.ts'
import type { ErrorBody } from '../http/failure.ts'
import type { PromptTokensDetails, RequestRecord, RequestTimings } from '../metrics/request-record.ts'
import { textOf, type Answer } from './answer.ts'

/** A request without `stream`, whose answer is sent when it is complete. */
export class PlainCompletion implements Sequence {
  readonly promptTokens: number
  readonly outputTokens: number
  readonly cacheSalt: string
  readonly #promptIds: readonly number[]
  readonly #answer: Answer
  readonly #record: RequestRecord
  readonly #onDone: (error: ErrorBody | undefined) => void
  #produced = 0

  constructor(
    answer: Answer,
    record: RequestRecord,
    prompt: { promptIds: readonly number[]; cacheSalt: string },
    onDone: (error: ErrorBody | undefined) => void,
  ) {
    this.#answer = answer
    this.#record = record
    this.promptTokens = prompt.promptIds.length
    this.cacheSalt = prompt.cacheSalt
    this.#promptIds = prompt.promptIds
    this.outputTokens = answer.tokens.length
    this.#onDone = onDone
  }

  tokenAt(place: number): number {
    return this.#promptIds[place] ?? this.#answer.tokens[place - this.promptTokens]?.id ?? 0
  }

  scheduled(atMs: number, cachedTokens: number): void {
    this.#record.scheduled(atMs, cachedTokens)
  }

  preempted(): void {
    this.#record.preempted()
  }

  produce(count: number, atMs: number): void {
    this.#record.produced(count, atMs)
    this.#produced += count
    if (this.#produced < this.outputTokens) return
    this.#record.finished(this.#answer.finishReason, atMs)
    this.#onDone(undefined)
  }

  /** Ends the request with an error, because the engine died. */
  fail(error: ErrorBody): void {
    this.#onDone(error)
  }
}

/** The body of a plain answer, with the keys in vLLM's order. */
export function plainBody(
  answer: Answer,
  style: {
    id: string
    created: number
    model: string
    fingerprint: string
    promptTokenIds: readonly number[]
    returnTokenIds: boolean
    timings: RequestTimings | undefined
    details: PromptTokensDetails | undefined
  },
): object {
  const { tokens, reasoningTokens } = answer
  const promptTokens = style.promptTokenIds.length
  return {
    id: style.id,
    object: 'chat.completion',
    created: style.created,
    model: style.model,
    choices: [
      {
        index: 0,
        message: {
          role: 'assistant',
          content: textOf(answer, reasoningTokens, tokens.length),
          refusal: null,
          annotations: null,
          audio: null,
          function_call: null,
          reasoning: reasoningTokens === 0 ? null : textOf(answer, 0, reasoningTokens),
        },
        logprobs: null,
        finish_reason: answer.finishReason,
        stop_reason: answer.stopReason,
        token_ids: style.returnTokenIds ? tokens.map((token) => token.id) : null,
        routed_experts: null,
      },
    ],
    service_tier: null,
    system_fingerprint: style.fingerprint,
    usage: {
      prompt_tokens: promptTokens,
      total_tokens: promptTokens + tokens.length,
      completion_tokens: tokens.length,
      prompt_tokens_details:
        style.details === undefined ? null : { ...style.details, multimodal_tokens: null },
      completion_tokens_details: null,
    },
    prompt_logprobs: null,
    prompt_token_ids: style.returnTokenIds ? style.promptTokenIds : null,
    prompt_text: null,
    kv_transfer_params: null,
    ec_transfer_params: null,
    metrics: style.timings === undefined ? null : { ...style.timings, speculative_decoding: null },
  }
}
