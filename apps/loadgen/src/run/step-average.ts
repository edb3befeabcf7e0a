/** Averages over time of a count that changes in steps, by intervals of equal length from 0. */
export class StepAverage {
  readonly #intervalMs: number
  /** Count × milliseconds of each interval. */
  readonly #areas: number[] = []
  #count = 0
  #sinceMs = 0

  constructor(intervalMs: number) {
    this.#intervalMs = intervalMs
  }

  /** The count from this moment on; moments ascend. */
  change(atMs: number, count: number): void {
    this.#fill(atMs)
    this.#count = count
  }

  /**
   * The average over an interval: the area under the count, divided by the interval's length.
   * @param nowMs no later than the next change; the part of the interval after it counts as 0
   */
  of(interval: number, nowMs: number): number {
    // No further than the interval's end: a sum of fewer parts stays a whole number where the count was one.
    this.#fill(Math.min(nowMs, (interval + 1) * this.#intervalMs))
    return (this.#areas[interval] ?? 0) / this.#intervalMs
  }

  #fill(untilMs: number): void {
    while (this.#sinceMs < untilMs) {
      const interval = Math.floor(this.#sinceMs / this.#intervalMs)
      const endMs = Math.min(untilMs, (interval + 1) * this.#intervalMs)
      this.#areas[interval] = (this.#areas[interval] ?? 0) + this.#count * (endMs - this.#sinceMs)
      this.#sinceMs = endMs
    }
  }
}
