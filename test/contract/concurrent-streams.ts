import { expect } from 'vitest'
import { total } from './counts.ts'
import { chat, scrapeUntil, type Limits, type Target } from './target.ts'

/** A stream that stays open until its reader leaves, with what it has received so far. */
class OpenStream {
  body = ''
  status: number | undefined
  ended = false
  readonly #abort = new AbortController()

  constructor(target: Target, options: Readonly<Record<string, unknown>>) {
    void this.#read(target, options)
  }

  /** Whether its first token has arrived: the role comes with it. */
  get begun(): boolean {
    return this.body.includes('"role":"assistant"')
  }

  /** The message of the error that refused it, as an HTTP status or as an event. */
  get refusal(): string | undefined {
    return this.ended ? /"message": ?"([^"]*)"/.exec(this.body)?.[1] : undefined
  }

  leave(): void {
    this.#abort.abort()
  }

  async #read(target: Target, options: Readonly<Record<string, unknown>>): Promise<void> {
    try {
      const response = await chat(target, options, { signal: this.#abort.signal })
      this.status = response.status
      const decoder = new TextDecoder()
      for await (const bytes of response.body ?? []) this.body += decoder.decode(bytes, { stream: true })
      this.ended = true
    } catch (error) {
      if (!this.#abort.signal.aborted) throw error
    }
  }
}

/** Streams that are read at the same time and end only when their readers leave. The `using` block ends them all. */
export class ConcurrentStreams implements Disposable {
  readonly #target: Target
  readonly streams: OpenStream[] = []

  constructor(target: Target) {
    this.#target = target
  }

  /** Sends `count` requests at once, for more tokens than anyone waits for. */
  join(count: number, options: Readonly<Record<string, unknown>> = {}): OpenStream[] {
    const endless = { stream: true, ignore_eos: true, max_tokens: this.#target.maxModelLen - 500, ...options }
    const joined = Array.from({ length: count }, () => new OpenStream(this.#target, endless))
    this.streams.push(...joined)
    return joined
  }

  get begun(): OpenStream[] {
    return this.streams.filter((stream) => stream.begun)
  }

  get refused(): OpenStream[] {
    return this.streams.filter((stream) => stream.refusal !== undefined)
  }

  /** Waits until this many streams have their first token. */
  async untilBegun(count: number): Promise<void> {
    await expect.poll(() => this.begun.length, { timeout: 60_000 }).toBe(count)
  }

  /** Waits until as many requests run and wait as the limits allow. */
  async untilFull({ maxNumSeqs, maxNumQueuedReqs }: Limits): Promise<void> {
    await this.untilBegun(maxNumSeqs)
    await scrapeUntil(
      this.#target,
      (page) =>
        total(page, 'vllm:num_requests_running') === maxNumSeqs &&
        total(page, 'vllm:num_requests_waiting') === maxNumQueuedReqs - maxNumSeqs,
    )
  }

  [Symbol.dispose](): void {
    for (const stream of this.streams) stream.leave()
  }
}
