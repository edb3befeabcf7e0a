import { type Finish, readFinish } from './finish-reasons.ts'
import { isError, readError, type ServerError, shownText } from './server-error.ts'

/** Tokens as the model server counted them. */
export interface TokenUsage {
  promptTokens: number
  completionTokens: number
}

/** What vLLM measured of one request, with its per-request metrics on; milliseconds. */
export interface EngineTimings {
  readonly ttftMs: number
  readonly queueMs: number
}

/** What one `data` of a chat completion stream says, or the one body of an answer that is none; reduced to what is used. */
export interface Chunk {
  /** Text of the answer, a refusal too; empty pieces (the role chunk, half a character) are ordinary. */
  content: string
  reasoning: string
  finish: Finish | null
  usage: TokenUsage | null
  timings: EngineTimings | null
  /** An error event of a stream that stays HTTP 200. */
  error: ServerError | null
  /** What came and is no text, such as `tool calls: get_weather`. */
  other: readonly Other[] | null
}

/** Something in an answer that is no text. */
export interface Other {
  readonly what: string
  /** Empty where it has none. */
  readonly name: string
}

type Raw = Record<string, unknown>
const isRaw = (value: unknown): value is Raw => typeof value === 'object' && value !== null

/** Not every store keeps NUL characters, and no answer needs them. */
const storable = (text: string): string => (text.includes('\0') ? text.replaceAll('\0', '\ufffd') : text)

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) >= 0

/** Both counts or none: one alone would make the other a zero that nobody counted. */
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

/** What a delta, or the message of a whole answer, brings. */
class Pieces {
  content = ''
  reasoning = ''
  other: Other[] | null = null

  constructor(said: Raw) {
    this.#content(said['content'])
    this.#content(said['refusal'])
    for (const key of ['reasoning', 'reasoning_content', 'thinking'])
      // Servers that write two of them write the same twice.
      if (this.reasoning === '' && typeof said[key] === 'string') this.reasoning = storable(said[key])
    const calls = said['tool_calls']
    if (Array.isArray(calls)) for (const call of calls) this.#call(isRaw(call) ? call['function'] : undefined)
    if (isRaw(said['function_call'])) this.#call(said['function_call'])
    if (isRaw(said['audio'])) this.#add('audio', '')
    if (Array.isArray(said['images']) && said['images'].length > 0) this.#add('images', '')
  }

  /** A string, or OpenAI's list of parts, of which Mistral has one kind for reasoning. */
  #content(content: unknown): void {
    if (typeof content === 'string') this.content += storable(content)
    else if (Array.isArray(content)) for (const part of content as unknown[]) this.#part(part)
    else if (isRaw(content)) this.#part(content)
  }

  #part(part: unknown): void {
    if (typeof part === 'string') this.content += storable(part)
    if (!isRaw(part)) return
    const { type, text, refusal, thinking } = part
    if (type === 'thinking' || type === 'reasoning') this.reasoning += storable(textOf(thinking ?? text))
    else if (typeof text === 'string') this.content += storable(text)
    else if (typeof refusal === 'string') this.content += storable(refusal)
    else if (typeof type === 'string') this.#add(shownText(type, 60), '')
  }

  #call(called: unknown): void {
    // Only the first piece of a call has the name; the others bring arguments.
    const name = isRaw(called) && typeof called['name'] === 'string' ? called['name'] : ''
    this.#add('tool calls', shownText(name, 60))
  }

  #add(what: string, name: string): void {
    this.other ??= []
    this.other.push({ what, name })
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
 * JSON that is no object says nothing.
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
  const said = [choice['delta'], choice['message']].find(isRaw)
  const { content, reasoning, other } = new Pieces(said ?? { content: choice['text'] })
  // OpenRouter tells of a failure of the server behind it within the choice.
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
