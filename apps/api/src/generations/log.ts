import type { ControlEvent, GenerationEvent, TextEvent } from '../contract/event.ts'
import { atEndOfTurn } from './end-of-turn.ts'
import { TextRun } from './text-run.ts'

/** A tail hands out at most this much text at once, so that a late reader takes a long answer in steps. */
const maxEventChars = 32 * 1024

interface Step {
  start: number
  end: number
  event: ControlEvent
}

/** An event with the position after it, which is the id that a reader resumes from. */
export interface LogEntry {
  seq: number
  event: GenerationEvent
}

/** Where a reader's events go; says when it can take more. */
export interface Outlet {
  /**
   * Asks for room for an event of up to so many characters.
   * @returns `undefined` when there is room, and `sent` must follow; else what to wait for before asking again
   */
  room: (chars: number, signal: AbortSignal) => Promise<void> | undefined
  /** What room was given for is on its way. */
  sent: (chars: number) => void
  /**
   * Sends text by itself, without the generators and promises between the log and the socket.
   * @returns whether it did; if not, the text takes the long way
   */
  write?: ((seq: number, event: TextEvent) => boolean) | undefined
}

/**
 * Everything that happened in one generation, in order, for any number of readers at any pace.
 *
 * A position in the log (`seq`) grows by one with each control event and by the text's length with
 * text. So any position is a place to resume from, the log needs no entry per token, and a reader
 * who was away gets what it missed as one event.
 */
export class GenerationLog {
  readonly #entries: (Step | TextRun)[] = []
  readonly #waiting = new Set<() => void>()
  #end: number
  #closed = false

  /** @param start the first position: a log that is rebuilt from the store keeps its readers' positions */
  constructor(start = 0) {
    this.#end = start
  }

  /** The position after the last event. */
  get end(): number {
    return this.#end
  }

  /** Whether `finished` is in the log: nothing follows it. */
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
      // A position in the queue is of interest only while it is true: the newer one replaces it.
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
    const text = found.read(from, maxEventChars)
    return { seq: from + text.length, event: { type: found.kind, text } }
  }

  /**
   * Reads from a position to the end and waits for more, until `finished` or until `signal` fires.
   * A reader whose `outlet` is full costs no memory, since what arrives meanwhile is handed out as one
   * event later. Every reader hears of the end: after a crash one can be ahead of what was stored.
   */
  async *tail(
    position: number,
    signal: AbortSignal,
    outlet?: Outlet,
  ): AsyncGenerator<LogEntry, void, undefined> {
    let at = position
    while (!signal.aborted) {
      if (at >= this.#end) {
        if (this.#closed) at = this.#end - 1
        else at = await this.#more(at, signal, outlet)
        continue
      }
      const chars = Math.min(this.#end - at, maxEventChars)
      const full = outlet?.room(chars, signal)
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
        outlet?.sent(chars)
      }
    }
  }

  /**
   * Waits for an event that the outlet does not send by itself.
   * @returns the position after what it did send
   */
  #more(position: number, signal: AbortSignal, outlet: Outlet | undefined): Promise<number> {
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
          if (entry === null || !('text' in entry.event) || outlet?.write?.(entry.seq, entry.event) !== true)
            return leave()
          at = entry.seq
        }
      }
      const wake = (): void => {
        if (outlet?.write === undefined) return leave()
        if (due) return
        due = true
        atEndOfTurn(write)
      }
      signal.addEventListener('abort', leave)
      this.#waiting.add(wake)
    })
  }

  #wake(): void {
    // Who is woken takes itself out, and comes back later at the earliest in a microtask.
    for (const wake of this.#waiting) wake()
  }
}
