import { ChatChunks } from './chat-chunks.ts'
import { parseChatRequest } from './chat-request.ts'
import type { Endpoint, WholeAnswer } from './endpoint.ts'

function body(answer: WholeAnswer): object {
  const { id, created, model, fingerprint, usage, metrics, reasoning } = answer
  return {
    id,
    object: 'chat.completion',
    created,
    model,
    choices: [
      {
        index: 0,
        message: {
          role: 'assistant',
          content: answer.content,
          refusal: null,
          annotations: null,
          audio: null,
          function_call: null,
          reasoning: reasoning === '' ? null : reasoning,
        },
        logprobs: null,
        finish_reason: answer.finishReason,
        stop_reason: answer.stopReason,
        token_ids: answer.ids,
        routed_experts: null,
      },
    ],
    service_tier: null,
    system_fingerprint: fingerprint,
    usage,
    prompt_logprobs: null,
    prompt_token_ids: answer.promptTokenIds,
    prompt_text: null,
    kv_transfer_params: null,
    ec_transfer_params: null,
    metrics,
  }
}

/** `POST /v1/chat/completions`. */
export const CHAT_ENDPOINT: Endpoint = {
  parse: parseChatRequest,
  idPrefix: 'chatcmpl',
  chunks: (style) => new ChatChunks(style),
  body,
}
