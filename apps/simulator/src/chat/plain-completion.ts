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

  /** The body of the response, with the keys in vLLM's order. */
  #body(): object {
    const { configuration, fingerprint } = this.context
    const { id, created, promptIds, request } = this.accepted
    const { tokens, reasoningTokens, finishReason, stopReason } = this.answer
    const details = this.promptTokensDetails()
    const timings = this.timings()
    return {
      id,
      object: 'chat.completion',
      created,
      model: configuration.servedModelName,
      choices: [
        {
          index: 0,
          message: {
            role: 'assistant',
            content: textOf(this.answer, reasoningTokens, tokens.length),
            refusal: null,
            annotations: null,
            audio: null,
            function_call: null,
            reasoning: reasoningTokens === 0 ? null : textOf(this.answer, 0, reasoningTokens),
          },
          logprobs: null,
          finish_reason: finishReason,
          stop_reason: stopReason,
          token_ids: request.returnTokenIds ? tokens.map((token) => token.id) : null,
          routed_experts: null,
        },
      ],
      service_tier: null,
      system_fingerprint: fingerprint,
      usage: {
        prompt_tokens: this.promptTokens,
        total_tokens: this.promptTokens + tokens.length,
        completion_tokens: tokens.length,
        prompt_tokens_details: details === undefined ? null : { ...details, multimodal_tokens: null },
        completion_tokens_details: null,
      },
      prompt_logprobs: null,
      prompt_token_ids: request.returnTokenIds ? promptIds : null,
      prompt_text: null,
      kv_transfer_params: null,
      ec_transfer_params: null,
      metrics: timings === undefined ? null : { ...timings, speculative_decoding: null },
    }
  }
}
