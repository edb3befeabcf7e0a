/** Averages over time, by intervals of equal length from 0, of a count that moves in steps. */
export class StepAverage {
  readonly #intervalMs: number
  /** Count × milliseconds, by interval. */
  readonly #areas: number[] = []
  #count = 0
  #sinceMs = 0

  constructor(intervalMs: number) {
    this.#intervalMs = intervalMs
  }

  /** So many from now on; moments ascend. */
  change(atMs: number, count: number): void {
    this.#fill(atMs)
    this.#count = count
  }

  /**
   * The area under the count within an interval, by the interval's length.
   * @param nowMs no later than the next change; what the interval has beyond it counts as none
   */
  of(interval: number, nowMs: number): number {
    // No further than the interval: what is added up in fewer parts stays a whole number where the count was one.
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
