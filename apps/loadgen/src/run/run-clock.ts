/** Milliseconds of a run on the monotonic clock: 0 is its zero, which all its workers share. */
export class RunClock {
  readonly #zero: number
  #turnMs: number | undefined

  /** @param zero the run's zero as `processMs` tells time */
  constructor(zero: number) {
    this.#zero = performance.now() + zero - processMs()
  }

  now(): number {
    return performance.now() - this.#zero
  }

  /**
   * When what arrives now became readable. All that one turn of the event loop finds waiting was there when the turn
   * began, so it gets the moment of the first of it: else the last of two hundred simultaneous tokens would be timed
   * from when the others had been looked at.
   */
  arrivalNow(): number {
    if (this.#turnMs !== undefined) return this.#turnMs
    this.#turnMs = this.now()
    setImmediate(this.#endTurn)
    return this.#turnMs
  }

  readonly #endTurn = (): void => {
    this.#turnMs = undefined
  }
}

/** Monotonic milliseconds that all threads of this machine agree on; `performance.now` counts from each one's start. */
export const processMs = (): number => Number(process.hrtime.bigint()) / 1e6
