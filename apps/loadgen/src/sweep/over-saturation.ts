import { LatencyHistogram } from '@slicechat/run'
import type { Progress } from '../run/progress.ts'

/** Length in seconds of the window that the test looks at. */
const WINDOW = 10
/** Share of its mean by which a figure must have grown over the window. */
const GROWTH = 0.3
/** How many standard errors the slope must be above 0; by chance this happens once in thousands of cases. */
const T = 4

/**
 * Detects that more requests arrive than the server can handle: both the answers under way and the time to
 * first token grow steadily. Then every further second only makes the queue longer, and the step can end.
 */
export class OverSaturation {
  readonly #warmUpMs: number
  readonly #active: number[] = []
  readonly #ttftMs: number[] = []

  constructor(warmUpMs: number) {
    this.#warmUpMs = warmUpMs
  }

  /** @returns whether the step may end */
  add({ elapsedMs, interval }: Progress): boolean {
    if (elapsedMs < this.#warmUpMs) return false
    const ttft = interval.ttft === null ? null : LatencyHistogram.decode(interval.ttft).mean
    // A second without a first token counts like the one before: the wait is at least as long. Before the
    // first, it is unknown.
    const ttftMs = ttft ?? this.#ttftMs.at(-1)
    if (ttftMs === undefined) return false
    this.#active.push(interval.active)
    this.#ttftMs.push(ttftMs)
    return this.#active.length >= WINDOW && grows(this.#active) && grows(this.#ttftMs)
  }
}

/** Whether the last values rise in a line that stands out from their scatter. */
function grows(all: readonly number[]): boolean {
  const values = all.slice(-WINDOW)
  const middle = (WINDOW - 1) / 2
  const centre = values.reduce((sum, value) => sum + value, 0) / WINDOW
  const square = values.reduce((sum, _, x) => sum + (x - middle) ** 2, 0)
  const slope = values.reduce((sum, value, x) => sum + (x - middle) * (value - centre), 0) / square
  if (slope <= 0 || slope * WINDOW < GROWTH * centre) return false
  const rest = values.reduce((sum, value, x) => sum + (value - centre - slope * (x - middle)) ** 2, 0)
  const error = Math.sqrt(rest / (WINDOW - 2) / square)
  return slope > T * error
}
