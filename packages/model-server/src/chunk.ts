import { type Finish, readFinish } from './finish-reasons.ts'
import { isError, readError, type ServerError, shownText } from './server-error.ts'

/** Tokens as the model server counted them. */
export interface TokenUsage {
  promptTokens: number
  completionTokens: number
}

/** Timings of one request in milliseconds, as vLLM measures them with `--enable-per-request-metrics`. */
export interface EngineTimings {
  readonly ttftMs: number
  readonly queueMs: number
}

/** The content of one `data` field of a chat completion stream, or of a whole answer, reduced to what is used. */
export interface Chunk {
  /** Text of the answer, or of a refusal. Empty pieces are normal (the chunk with the role, half a character). */
  content: string
  reasoning: string
  finish: Finish | null
  usage: TokenUsage | null
  timings: EngineTimings | null
  /** An error event of a stream that stays HTTP 200. */
  error: ServerError | null
  /** Content that is not text, such as a tool call of `get_weather`. */
  other: readonly OtherContent[] | null
}

/** Something in an answer that is not text. */
export interface OtherContent {
  readonly kind: string
  /** Empty if it has none. */
  readonly name: string
}

type Raw = Record<string, unknown>
const isRaw = (value: unknown): value is Raw => typeof value === 'object' && value !== null

/** Not every store keeps NUL characters, and no answer needs them. */
const withoutNul = (text: string): string => (text.includes('\0') ? text.replaceAll('\0', '\ufffd') : text)

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) >= 0

/** Returns both counts or none, because with one alone the other would be a zero that nobody counted. */
function toUsage(raw: unknown): TokenUsage | null {
  if (!isRaw(raw)) return null
  const { prompt_tokens: promptTokens, completion_tokens: completionTokens } = raw
  return isCount(promptTokens) && isCount(completionTokens) ? { promptTokens, completionTokens } : null
}

function toTimings(raw: unknown): EngineTimings | null {
  if (!isRaw(raw)) return null
  const { time_to_first_token_ms: ttftMs, queue_time_ms: queueMs } = raw
  if (typeof ttftMs !== 'number') return null
  return { ttftMs, queueMs: typeof queueMs === 'number' ? queueMs : 0 }
}

/** The parts of a delta, or of the message of a whole answer. */
class MessageParts {
  content = ''
  reasoning = ''
  other: OtherContent[] | null = null

  constructor(message: Raw) {
    this.#content(message['content'])
    this.#content(message['refusal'])
    for (const key of ['reasoning', 'reasoning_content', 'thinking'])
      // Servers that write two of these keys write the same text in both.
      if (this.reasoning === '' && typeof message[key] === 'string') this.reasoning = withoutNul(message[key])
    const calls = message['tool_calls']
    if (Array.isArray(calls)) for (const call of calls) this.#call(isRaw(call) ? call['function'] : undefined)
    if (isRaw(message['function_call'])) this.#call(message['function_call'])
    if (isRaw(message['audio'])) this.#add('audio', '')
    if (Array.isArray(message['images']) && message['images'].length > 0) this.#add('images', '')
  }

  /** Reads a string, or OpenAI's list of parts. Mistral has a kind of part for reasoning. */
  #content(content: unknown): void {
    if (typeof content === 'string') this.content += withoutNul(content)
    else if (Array.isArray(content)) for (const part of content as unknown[]) this.#part(part)
    else if (isRaw(content)) this.#part(content)
  }

  #part(part: unknown): void {
    if (typeof part === 'string') this.content += withoutNul(part)
    if (!isRaw(part)) return
    const { type, text, refusal, thinking } = part
    if (type === 'thinking' || type === 'reasoning') this.reasoning += withoutNul(textOf(thinking ?? text))
    else if (typeof text === 'string') this.content += withoutNul(text)
    else if (typeof refusal === 'string') this.content += withoutNul(refusal)
    else if (typeof type === 'string') this.#add(shownText(type, 60), '')
  }

  #call(called: unknown): void {
    // Only the first piece of a call has the name; the others bring arguments.
    const name = isRaw(called) && typeof called['name'] === 'string' ? called['name'] : ''
    this.#add('tool calls', shownText(name, 60))
  }

  #add(kind: string, name: string): void {
    this.other ??= []
    this.other.push({ kind, name })
  }
}

/** A text, or a list of `{text}`. */
function textOf(value: unknown): string {
  if (typeof value === 'string') return value
  if (!Array.isArray(value)) return ''
  return value.map((part) => (isRaw(part) && typeof part['text'] === 'string' ? part['text'] : '')).join('')
}

/**
 * Reads one chunk of vLLM or of another OpenAI-compatible server, or a whole answer.
 * JSON that is not an object counts as an empty chunk.
 * @throws {SyntaxError} when `data` is not JSON
 */
export function parseChunk(data: string): Chunk {
  const raw: unknown = JSON.parse(data)
  return toChunk(isRaw(raw) ? raw : {})
}

function toChunk(raw: Raw): Chunk {
  if (Array.isArray(raw) && isRaw(raw[0]) && isError(raw[0])) return toChunk(raw[0])
  const choices = raw['choices']
  const first: unknown = Array.isArray(choices) ? choices[0] : undefined
  const choice = isRaw(first) ? first : {}
  const message = [choice['delta'], choice['message']].find(isRaw)
  const { content, reasoning, other } = new MessageParts(message ?? { content: choice['text'] })
  // OpenRouter reports a failure of the server behind it within the choice.
  const failed = isError(raw) ? raw : isRaw(choice['error']) ? choice : undefined
  return {
    content,
    reasoning,
    finish: readFinish(choice['finish_reason']),
    usage: toUsage(raw['usage']),
    timings: toTimings(raw['metrics']),
    error: failed === undefined ? null : readError(failed),
    other,
  }
}
