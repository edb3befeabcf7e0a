import type { Progress } from '../run/progress.ts'
import type { Console } from './console.ts'
import { frame, plainLine, type Watched } from './frame.ts'
import { type LiveStats, Recent } from './live-stats.ts'
import { spanText } from './number-text.ts'

/** Shows the progress of a run. */
export interface ProgressView {
  update(progress: Progress): void
  /** Prints a line; the view stays below it. */
  say(text: string): void
  close(): void
}

const REDRAW_MS = 250
const PLAIN_MS = 5_000
const HIDE_CURSOR = '\x1b[?25l'
const SHOW_CURSOR = '\x1b[?25h'
/** Terminals with synchronized output show a frame only when it is complete; others ignore these sequences. */
const BEGIN_FRAME = '\x1b[?2026h'
const END_FRAME = '\x1b[?2026l'

/** @param quiet shows no progress; messages are still printed */
export function progressView(console: Console, watched: Watched, quiet: boolean): ProgressView {
  if (quiet) return { update: () => {}, say: (text) => console.say(text), close: () => {} }
  return console.live ? new LiveView(console, watched) : new PlainView(console, watched)
}

/** Prints a line about every five seconds. */
class PlainView implements ProgressView {
  readonly #console: Console
  readonly #watched: Watched
  readonly #recent = new Recent()
  #dueMs = PLAIN_MS

  constructor(console: Console, watched: Watched) {
    this.#console = console
    this.#watched = watched
    console.say(`${watched.title}, ${spanText(watched.durationMs)}`)
  }

  update(progress: Progress): void {
    const moment = this.#recent.add(progress)
    if (progress.elapsedMs < this.#dueMs) return
    this.#dueMs = (Math.floor(progress.elapsedMs / PLAIN_MS) + 1) * PLAIN_MS
    this.#console.say(plainLine(this.#watched.scenario, moment))
  }

  say(text: string): void {
    this.#console.say(text)
  }

  close(): void {}
}

/** Redraws its lines in place, each frame in one write. */
class LiveView implements ProgressView {
  readonly #console: Console
  readonly #watched: Watched
  readonly #recent = new Recent()
  readonly #timer: NodeJS.Timeout
  #moment: LiveStats | undefined
  /** The run's time zero by `performance.now`; an estimate until the first update. */
  #zero = performance.now()
  #shown = 0

  constructor(console: Console, watched: Watched) {
    this.#console = console
    this.#watched = watched
    this.#timer = setInterval(() => this.#draw(), REDRAW_MS)
    console.draw(HIDE_CURSOR)
    // A process that ends at once (Ctrl-C twice) must not leave a terminal without a cursor.
    process.once('exit', this.#showCursor)
    this.#draw()
  }

  update(progress: Progress): void {
    this.#moment = this.#recent.add(progress)
    this.#zero = performance.now() - progress.elapsedMs
  }

  say(text: string): void {
    this.#console.draw(`${this.#erased()}${this.#console.shown(text)}\n`)
    this.#shown = 0
    this.#draw()
  }

  close(): void {
    clearInterval(this.#timer)
    process.off('exit', this.#showCursor)
    this.#console.draw(this.#erased() + SHOW_CURSOR)
  }

  readonly #showCursor = (): void => this.#console.draw(SHOW_CURSOR)

  #draw(): void {
    const elapsedMs = performance.now() - this.#zero
    const lines = frame(this.#watched, this.#moment, elapsedMs, this.#console)
    const above = this.#shown === 0 ? '' : `\x1b[${this.#shown}A`
    const text = lines.map((line) => `\r${line}\x1b[K\n`).join('')
    this.#console.draw(`${BEGIN_FRAME}${above}${text}\x1b[J${END_FRAME}`)
    this.#shown = lines.length
  }

  #erased(): string {
    return this.#shown === 0 ? '' : `\x1b[${this.#shown}A\r\x1b[J`
  }
}
