import { EventLines } from './event-lines.ts'
import type { Outcome } from './target.ts'
import { TextBuilder } from './text-builder.ts'

interface Chunk {
  choices?: { delta?: Delta | null; finish_reason?: string | null }[]
  usage?: { prompt_tokens: number; completion_tokens: number } | null
  metrics?: { time_to_first_token_ms?: number | null; queue_time_ms?: number | null } | null
  error?: { message?: string; code?: number | string } | string
}
interface Delta {
  content?: string | null
  reasoning?: string | null
  reasoning_content?: string | null
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
      promptTokens: this.#usage?.prompt_tokens,
      completionTokens: this.#usage?.completion_tokens,
      apiTimings: undefined,
      engineTimings: typeof ttftMs === 'number' ? { ttftMs, queueMs: queueMs ?? 0 } : undefined,
    }
  }

  #read(data: string): void {
    if (data === '[DONE]') {
      this.#done = true
      return
    }
    let chunk: Chunk
    try {
      chunk = JSON.parse(data) as Chunk
    } catch {
      this.#error ??= { code: 'BAD_CHUNK', message: 'The stream holds an event that is no JSON.' }
      return
    }
    if (chunk.error !== undefined) return this.#failed(chunk.error)
    // First: whoever hears of the text may leave at once.
    this.#usage = chunk.usage ?? this.#usage
    this.#metrics = chunk.metrics ?? this.#metrics
    const choice = chunk.choices?.[0]
    if (choice !== undefined) {
      const { content, reasoning, reasoning_content: older } = choice.delta ?? {}
      const characters = (content?.length ?? 0) + (reasoning ?? older ?? '').length
      if (characters > 0) this.#arrived(characters)
      if (typeof content === 'string') this.#text.append(content)
      if (typeof choice.finish_reason === 'string')
        this.#reason = choice.finish_reason === 'length' ? 'length' : 'stop'
    }
  }

  #failed(error: NonNullable<Chunk['error']>): void {
    const { code = 500, message = 'The server reported an error.' } =
      typeof error === 'string' ? { message: error } : error
    this.#error ??= { code: `STREAM_${code}`, message }
  }
}
