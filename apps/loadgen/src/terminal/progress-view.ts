import type { Progress } from '../run/progress.ts'
import type { Console } from './console.ts'
import { frame, plainLine, type ShownRun } from './frame.ts'
import { type LiveStats, RecentIntervals } from './live-stats.ts'
import { spanText } from './number-text.ts'

/** Shows the progress of a run. */
export interface ProgressView {
  update(progress: Progress): void
  /** Prints a line; the view stays below it. */
  message(text: string): void
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
export function progressView(console: Console, run: ShownRun, quiet: boolean): ProgressView {
  if (quiet) return { update: () => {}, message: (text) => console.message(text), close: () => {} }
  return console.live ? new LiveView(console, run) : new PlainView(console, run)
}

/** Prints a line about every five seconds. */
class PlainView implements ProgressView {
  readonly #console: Console
  readonly #run: ShownRun
  readonly #recent = new RecentIntervals()
  #dueMs = PLAIN_MS

  constructor(console: Console, run: ShownRun) {
    this.#console = console
    this.#run = run
    console.message(`${run.title}, ${spanText(run.durationMs)}`)
  }

  update(progress: Progress): void {
    const stats = this.#recent.add(progress)
    if (progress.elapsedMs < this.#dueMs) return
    this.#dueMs = (Math.floor(progress.elapsedMs / PLAIN_MS) + 1) * PLAIN_MS
    this.#console.message(plainLine(this.#run.scenario, stats))
  }

  message(text: string): void {
    this.#console.message(text)
  }

  close(): void {}
}

/** Redraws its lines in place, each frame in one write. */
class LiveView implements ProgressView {
  readonly #console: Console
  readonly #run: ShownRun
  readonly #recent = new RecentIntervals()
  readonly #timer: NodeJS.Timeout
  #stats: LiveStats | undefined
  /** The run's time zero by `performance.now`; an estimate until the first update. */
  #zero = performance.now()
  #shown = 0

  constructor(console: Console, run: ShownRun) {
    this.#console = console
    this.#run = run
    this.#timer = setInterval(() => this.#draw(), REDRAW_MS)
    console.draw(HIDE_CURSOR)
    // A process that ends at once (Ctrl-C twice) must not leave a terminal without a cursor.
    process.once('exit', this.#showCursor)
    this.#draw()
  }

  update(progress: Progress): void {
    this.#stats = this.#recent.add(progress)
    this.#zero = performance.now() - progress.elapsedMs
  }

  message(text: string): void {
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
    const lines = frame(this.#run, this.#stats, elapsedMs, this.#console)
    const above = this.#shown === 0 ? '' : `\x1b[${this.#shown}A`
    const text = lines.map((line) => `\r${line}\x1b[K\n`).join('')
    this.#console.draw(`${BEGIN_FRAME}${above}${text}\x1b[J${END_FRAME}`)
    this.#shown = lines.length
  }

  #erased(): string {
    return this.#shown === 0 ? '' : `\x1b[${this.#shown}A\r\x1b[J`
  }
}
