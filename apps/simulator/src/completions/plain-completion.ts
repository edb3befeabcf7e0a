import type { ErrorBody } from '../http/http-error.ts'
import { textOf } from './answer.ts'
import { Completion } from './completion.ts'

/** A completion without `stream`: its answer is sent when it is complete. */
export class PlainCompletion extends Completion {
  protected override advance(): void {
    if (this.produced < this.outputTokens) return
    this.close()
    this.accepted.exchange.json(200, this.#body())
  }

  protected override sendError(error: ErrorBody): void {
    this.accepted.exchange.error(error)
  }

  #body(): object {
    const { configuration, fingerprint } = this.context
    const { endpoint, id, created, promptIds, request } = this.accepted
    const { tokens, reasoningTokens, finishReason, stopReason } = this.answer
    const details = this.promptTokensDetails()
    const timings = this.timings()
    return endpoint.body({
      ...{ id, created, model: configuration.servedModelName, fingerprint, finishReason, stopReason },
      ids: request.returnTokenIds ? tokens.map((token) => token.id) : null,
      promptTokenIds: request.returnTokenIds ? promptIds : null,
      echoed: request.echoed,
      reasoning: textOf(this.answer, 0, reasoningTokens),
      content: textOf(this.answer, reasoningTokens, tokens.length),
      usage: {
        prompt_tokens: this.promptTokens,
        total_tokens: this.promptTokens + tokens.length,
        completion_tokens: tokens.length,
        prompt_tokens_details: details === undefined ? null : { ...details, multimodal_tokens: null },
        completion_tokens_details: null,
      },
      metrics: timings === undefined ? null : { ...timings, speculative_decoding: null },
    })
  }
}
