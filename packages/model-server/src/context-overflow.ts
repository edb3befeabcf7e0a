import type { ServerError } from './server-error.ts'

interface OverflowRow {
  readonly server: string
  readonly sentence: RegExp
  /** The message as the server sends it; the tests read it. */
  readonly example: string
}

/** Codes for a prompt that does not fit: `code` of OpenAI, `type` of llama.cpp. vLLM names the field `input_tokens`. */
const OVERFLOW_CODES: ReadonlySet<string> = new Set([
  'context_length_exceeded',
  'exceed_context_size_error',
  'string_above_max_length',
  'ContextWindowExceededError',
])

/** Messages for a prompt that does not fit, by server, because most have no code for it. A new one is a row here. */
export const OVERFLOW_SENTENCES: readonly OverflowRow[] = [
  {
    server: 'OpenAI, DeepSeek, vLLM (all versions), SGLang',
    sentence: /maximum context length/i,
    example:
      "This model's maximum context length is 2048 tokens. However, you requested 6751 tokens (6719 in the messages, 32 in the completion). Please reduce the length of the messages or completion.",
  },
  {
    server: 'vLLM to 0.10',
    sentence: /prompt \((?:total )?length \d+\) is (?:longer than|too long to fit)/i,
    example:
      'The decoder prompt (length 40000) is longer than the maximum model length of 32768. Make sure that `max_model_len` is no smaller than the number of text tokens.',
  },
  {
    server: 'vLLM 0.2 to 0.5',
    sentence: /input prompt \(\d+ tokens\) is too long/i,
    example: 'Input prompt (5000 tokens) is too long and exceeds limit of 4096',
  },
  {
    server: 'vLLM since 0.11',
    sentence: /max_tokens must be at least 1, got (?:0|-\d+)/i,
    example: 'max_tokens must be at least 1, got 0. (parameter=max_tokens, value=0)',
  },
  {
    server: 'vLLM since 0.10',
    sentence: /the model's context length is only \d+/i,
    example:
      "You passed 5000 input tokens and requested 0 output tokens. However, the model's context length is only 4096 tokens, resulting in a maximum input length of 4096 tokens.",
  },
  {
    server: 'SGLang',
    sentence: /longer than the model's context length/i,
    example: "The input (5000 tokens) is longer than the model's context length (4096 tokens).",
  },
  {
    server: 'SGLang',
    sentence: /input length \(\d+ tokens\) exceeds the maximum allowed length/i,
    example:
      'Input length (5000 tokens) exceeds the maximum allowed length (4090 tokens). Use a shorter input or enable --allow-auto-truncate.',
  },
  {
    server: 'TGI',
    sentence: /`?inputs`? tokens \+ `?max_new_tokens`? must be <=/i,
    example:
      'Input validation error: `inputs` tokens + `max_new_tokens` must be <= 1512. Given: 1000 `inputs` tokens and 1024 `max_new_tokens`',
  },
  {
    server: 'TGI',
    sentence: /`?inputs`? must have less than \d+ tokens/i,
    example: 'Input validation error: `inputs` must have less than 1024 tokens. Given: 1872',
  },
  {
    server: 'llama.cpp',
    sentence: /exceeds the available context size/i,
    example:
      'the request exceeds the available context size. try increasing the context size or enable context shift',
  },
  {
    server: 'llama.cpp',
    sentence: /context size has been exceeded/i,
    example: 'Context size has been exceeded.',
  },
  {
    server: 'llama-cpp-python',
    sentence: /requested tokens(?: \(\d+\))? exceed context window/i,
    example: 'Requested tokens (5000) exceed context window of 4096',
  },
  {
    server: 'TensorRT-LLM',
    sentence: /should not exceed max_(?:num_tokens|seq_len|input_len)/i,
    example: 'The sum of prompt length (9351.0), query length (0) should not exceed max_num_tokens (8192)',
  },
  {
    server: 'TensorRT-LLM, Triton',
    sentence: /prompt length \(\d+\) exceeds maximum (?:sequence|input) length/i,
    example: 'Cannot process new request: Prompt length (5056) exceeds maximum sequence length (2048)',
  },
  {
    server: 'Ollama',
    sentence: /input length exceeds (?:the |maximum )?context length/i,
    example: 'the input length exceeds the context length',
  },
  {
    server: 'Gateways to Anthropic',
    sentence: /prompt is too long: \d+ tokens/i,
    example: 'prompt is too long: 210000 tokens > 200000 maximum',
  },
]

/** Whether a server says that the messages do not fit the context of its model. A proxy's web page never does. */
export function isContextOverflow({ isPage, codes, fields, message }: ServerError): boolean {
  if (isPage) return false
  return (
    codes.some((code) => OVERFLOW_CODES.has(code)) ||
    fields.includes('input_tokens') ||
    OVERFLOW_SENTENCES.some(({ sentence }) => sentence.test(message))
  )
}
