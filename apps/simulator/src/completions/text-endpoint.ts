import type { Endpoint, WholeAnswer } from './endpoint.ts'
import { TextChunks } from './text-chunks.ts'
import { parseTextRequest } from './text-request.ts'

function body(answer: WholeAnswer): object {
  const { id, created, model, fingerprint, usage, metrics } = answer
  return {
    id,
    object: 'text_completion',
    created,
    model,
    choices: [
      {
        index: 0,
        text: answer.echoed + answer.reasoning + answer.content,
        logprobs: null,
        finish_reason: answer.finishReason,
        stop_reason: answer.stopReason,
        token_ids: answer.ids,
        prompt_logprobs: null,
        prompt_token_ids: answer.promptTokenIds,
        routed_experts: null,
      },
    ],
    service_tier: null,
    system_fingerprint: fingerprint,
    usage,
    kv_transfer_params: null,
    ec_transfer_params: null,
    metrics,
  }
}

/** `POST /v1/completions`. */
export const TEXT_ENDPOINT: Endpoint = {
  parse: parseTextRequest,
  idPrefix: 'cmpl',
  chunks: (style) => new TextChunks(style),
  body,
}
