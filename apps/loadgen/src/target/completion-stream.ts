import { EventLines } from './event-lines.ts'
import { messageOf } from './openai-errors.ts'
import type { Outcome } from './target.ts'
import { TextBuilder } from './text-builder.ts'

/** What is read of an event; a server may write anything in these places, so what is counted is looked at. */
interface Chunk {
  choices?: ({ delta?: Delta | null; finish_reason?: unknown } | null)[] | null
  usage?: { prompt_tokens?: unknown; completion_tokens?: unknown } | null
  metrics?: { time_to_first_token_ms?: unknown; queue_time_ms?: unknown } | null
  error?: { message?: unknown; code?: unknown } | string | null
}
interface Delta {
  content?: unknown
  reasoning?: unknown
  reasoning_content?: unknown
}

/** Reads one streamed chat completion, as vLLM writes it, into what a user sees of it. */
export class CompletionStream {
  readonly #text = new TextBuilder()
  readonly #arrived: (characters: number) => void
  readonly #lines = new EventLines((data) => this.#read(data))
  #reason: 'stop' | 'length' | undefined
  #done = false
  #usage: NonNullable<Chunk['usage']> | undefined
  #metrics: NonNullable<Chunk['metrics']> | undefined
  #error: Outcome['error']

  /** @param arrived a non-empty piece of content or reasoning; the role chunk is none */
  constructor(arrived: (characters: number) => void) {
    this.#arrived = arrived
  }

  /** The answer so far, without reasoning. */
  get text(): string {
    return this.#text.toString()
  }

  push(chunk: Buffer): void {
    this.#lines.push(chunk)
  }

  /** What became of the answer, the connection having ended (with `error`, if it broke). */
  outcome(error?: Outcome['error']): Outcome {
    const complete = this.#reason !== undefined || this.#done
    const failure =
      this.#error ??
      (complete ? undefined : (error ?? { code: 'BROKE_OFF', message: 'The stream ended early.' }))
    return {
      reason: failure === undefined ? (this.#reason ?? 'stop') : 'error',
      error: failure,
      ...this.#counts(),
    }
  }

  /** What is known of an answer that its user closed. */
  closed(): Outcome {
    return { reason: 'abandoned', error: undefined, ...this.#counts() }
  }

  #counts(): Pick<Outcome, 'promptTokens' | 'completionTokens' | 'apiTimings' | 'engineTimings'> {
    const { time_to_first_token_ms: ttftMs, queue_time_ms: queueMs } = this.#metrics ?? {}
    return {
      promptTokens: countOf(this.#usage?.prompt_tokens),
      completionTokens: countOf(this.#usage?.completion_tokens),
      apiTimings: undefined,
      engineTimings:
        typeof ttftMs === 'number'
          ? { ttftMs, queueMs: typeof queueMs === 'number' ? queueMs : 0 }
          : undefined,
    }
  }

  #read(data: string): void {
    if (data === '[DONE]') {
      this.#done = true
      return
    }
    let chunk: Chunk | null
    try {
      chunk = JSON.parse(data) as Chunk | null
    } catch {
      this.#error ??= { code: 'BAD_CHUNK', message: 'The stream holds an event that is no JSON.' }
      return
    }
    if (chunk === null) return
    if (chunk.error !== undefined && chunk.error !== null) return this.#failed(chunk.error)
    // First: whoever hears of the text may leave at once.
    this.#usage = chunk.usage ?? this.#usage
    this.#metrics = chunk.metrics ?? this.#metrics
    const choice = chunk.choices?.[0]
    if (choice !== undefined && choice !== null) {
      const { content, reasoning, reasoning_content: older } = choice.delta ?? {}
      const characters = lengthOf(content) + lengthOf(reasoning ?? older)
      if (characters > 0) this.#arrived(characters)
      if (typeof content === 'string') this.#text.append(content)
      if (typeof choice.finish_reason === 'string')
        this.#reason = choice.finish_reason === 'length' ? 'length' : 'stop'
    }
  }

  #failed(error: NonNullable<Chunk['error']>): void {
    const { code, message = 'The server reported an error.' } =
      typeof error === 'string' ? { message: error } : error
    const told = typeof code === 'number' || typeof code === 'string' ? code : 500
    this.#error ??= { code: `STREAM_${told}`, message: messageOf(message) }
  }
}

const lengthOf = (text: unknown): number => (typeof text === 'string' ? text.length : 0)

const countOf = (tokens: unknown): number | undefined =>
  Number.isSafeInteger(tokens) && (tokens as number) >= 0 ? (tokens as number) : undefined
