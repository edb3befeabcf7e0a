/** Tokens as the model server counted them. */
export interface TokenUsage {
  promptTokens: number
  completionTokens: number
}

/** What one `data` of a chat completion stream says, reduced to what is used here. */
export interface Chunk {
  /** Text of the answer; empty pieces (the role chunk, half a character) are ordinary. */
  content: string
  reasoning: string
  finishReason: 'stop' | 'length' | null
  usage: TokenUsage | null
  /** An error event of a stream that stays HTTP 200. */
  error: { code: number; message: string; param: string | null } | null
}

interface RawChunk {
  choices?: {
    delta?: { content?: unknown; reasoning?: unknown; reasoning_content?: unknown }
    finish_reason?: unknown
  }[]
  usage?: { prompt_tokens?: unknown; completion_tokens?: unknown } | null
  error?: unknown
}

/** Not every store keeps NUL characters, and no answer needs them. */
function textOf(value: unknown): string {
  if (typeof value !== 'string') return ''
  return value.includes('\0') ? value.replaceAll('\0', '\ufffd') : value
}

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) >= 0

function toError(raw: unknown): Chunk['error'] {
  if (typeof raw !== 'object' || raw === null) return { code: 500, message: textOf(raw), param: null }
  const { code, message, param } = raw as Record<string, unknown>
  return {
    code: Number.isInteger(Number(code)) && code !== null ? Number(code) : 500,
    message: textOf(message),
    param: typeof param === 'string' ? param : null,
  }
}

function toUsage(raw: RawChunk['usage']): TokenUsage | null {
  if (!isCount(raw?.prompt_tokens)) return null
  const completionTokens = isCount(raw.completion_tokens) ? raw.completion_tokens : 0
  return { promptTokens: raw.prompt_tokens, completionTokens }
}

/**
 * Reads one chunk of vLLM or of another OpenAI-compatible server.
 * @throws {SyntaxError} when `data` is not a JSON object.
 */
export function parseChunk(data: string): Chunk {
  const raw = JSON.parse(data) as RawChunk | null
  if (typeof raw !== 'object' || raw === null) throw new SyntaxError('a chunk is not an object')
  const choice = Array.isArray(raw.choices) ? raw.choices[0] : undefined
  const delta = choice?.delta
  const reason = choice?.finish_reason
  return {
    content: textOf(delta?.content),
    reasoning: textOf(delta?.reasoning) || textOf(delta?.reasoning_content),
    // Reasons beyond these two (tool calls, a repetition guard) end the answer by the model's own will.
    finishReason: typeof reason !== 'string' ? null : reason === 'length' ? 'length' : 'stop',
    usage: toUsage(raw.usage),
    error: raw.error === undefined || raw.error === null ? null : toError(raw.error),
  }
}
