import type { ControlEvent, GenerationEvent, TextEvent } from '@slicechat/contract'
import { atEndOfTurn } from './end-of-turn.ts'
import { TextRun } from './text-run.ts'

/** Most text in one event, so that a late reader gets a long answer in steps. */
const MAX_EVENT_CHARS = 32 * 1024

interface Step {
  start: number
  end: number
  event: ControlEvent
}

/** An event with the position after it, which is the id from which a reader resumes. */
export interface LogEntry {
  seq: number
  event: GenerationEvent
}

/** Destination of a reader's events, with backpressure. */
export interface EventWriter {
  /**
   * Requests room for an event of up to `chars` characters.
   * @returns `undefined` when there is room, after which `sent` must follow; otherwise a promise to await before
   *   asking again
   */
  room: (chars: number, signal: AbortSignal) => Promise<void> | undefined
  /** Reports that the event for which room was granted has been sent. */
  sent: (chars: number) => void
  /**
   * Sends text directly, without the generators and promises between the log and the socket.
   * @returns whether it was sent; if not, `tail` yields the text
   */
  write?: ((seq: number, event: TextEvent) => boolean) | undefined
}

/**
 * The events of one generation, in order, for any number of readers at any pace.
 *
 * A position in the log (`seq`) grows by one with each control event and by the length of the text with each text
 * event. So a reader can resume at any position, the log needs no entry per token, and a reader that was away gets
 * the missed text as one event.
 */
export class GenerationLog {
  readonly #entries: (Step | TextRun)[] = []
  readonly #waiting = new Set<() => void>()
  #end: number
  #closed = false

  /** @param start the first position; a log that is rebuilt from the store begins where the original positions did */
  constructor(start = 0) {
    this.#end = start
  }

  /** The position after the last event. */
  get end(): number {
    return this.#end
  }

  /** Whether the log holds `finished`, after which nothing follows. */
  get closed(): boolean {
    return this.#closed
  }

  append(event: GenerationEvent): void {
    if (this.#closed) throw new Error('the log is closed')
    const last = this.#entries.at(-1)
    if (event.type === 'delta' || event.type === 'reasoning') {
      if (event.text === '') return
      let run = last
      if (!(run instanceof TextRun) || run.kind !== event.type) {
        run = new TextRun(event.type, this.#end)
        this.#entries.push(run)
      }
      run.append(event.text)
      this.#end = run.end
    } else {
      const step: Step = { start: this.#end, end: ++this.#end, event }
      // A newer queue position replaces the older one, which is no longer true.
      const superseded = last !== undefined && 'event' in last && last.event.type === 'queued'
      if (superseded && event.type === 'queued') this.#entries.pop()
      this.#entries.push(step)
      this.#closed = event.type === 'finished'
    }
    this.#wake()
  }

  /** All text of one kind so far. */
  text(kind: TextEvent['type']): string {
    let all = ''
    for (const entry of this.#entries)
      if (entry instanceof TextRun && entry.kind === kind) all += entry.read(entry.start)
    return all
  }

  /** The next event after a position, or `null` when the reader has everything. */
  next(position: number): LogEntry | null {
    if (position >= this.#end) return null
    let found: Step | TextRun | undefined
    for (let i = this.#entries.length - 1; i >= 0; i--) {
      const entry = this.#entries[i]
      if (entry === undefined || entry.end <= position) break
      found = entry
    }
    if (found === undefined) return null
    if (!(found instanceof TextRun)) return { seq: found.end, event: found.event }
    const from = Math.max(position, found.start)
    const text = found.read(from, MAX_EVENT_CHARS)
    return { seq: from + text.length, event: { type: found.kind, text } }
  }

  /**
   * Reads from a position to the end and waits for more, until `finished` or until `signal` fires. A reader whose
   * `writer` is full costs no memory, because the text that arrives meanwhile becomes one event later. Every reader
   * gets `finished`, even one that is ahead of the log, which can happen after a crash.
   */
  async *tail(
    position: number,
    signal: AbortSignal,
    writer?: EventWriter,
  ): AsyncGenerator<LogEntry, void, undefined> {
    let at = position
    while (!signal.aborted) {
      if (at >= this.#end) {
        if (this.#closed) at = this.#end - 1
        else at = await this.#more(at, signal, writer)
        continue
      }
      const chars = Math.min(this.#end - at, MAX_EVENT_CHARS)
      const full = writer?.room(chars, signal)
      if (full !== undefined) {
        await full
        continue
      }
      try {
        const entry = this.next(at)
        if (entry === null) return
        at = entry.seq
        yield entry
        if (entry.event.type === 'finished') return
      } finally {
        writer?.sent(chars)
      }
    }
  }

  /**
   * Waits for an event that the writer does not send directly.
   * @returns the position after the text that it did send
   */
  #more(position: number, signal: AbortSignal, writer: EventWriter | undefined): Promise<number> {
    return new Promise((resolve) => {
      let at = position
      let due = false
      const leave = (): void => {
        signal.removeEventListener('abort', leave)
        this.#waiting.delete(wake)
        resolve(at)
      }
      const write = (): void => {
        due = false
        if (!this.#waiting.has(wake)) return
        while (at < this.#end) {
          const entry = this.next(at)
          if (entry === null || !('text' in entry.event) || writer?.write?.(entry.seq, entry.event) !== true)
            return leave()
          at = entry.seq
        }
      }
      const wake = (): void => {
        if (writer?.write === undefined) return leave()
        if (due) return
        due = true
        atEndOfTurn(write)
      }
      signal.addEventListener('abort', leave)
      this.#waiting.add(wake)
    })
  }

  #wake(): void {
    // A callback that is done removes itself from the set and is added again no earlier than in a microtask.
    for (const wake of this.#waiting) wake()
  }
}
