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
   * The time at which data that arrives now became readable. All data that one turn of the event loop finds
   * was there when the turn began, so all of it gets the time of the turn's first arrival. Otherwise the last
   * of two hundred simultaneous tokens would be timed after the others had been handled.
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

/**
 * Monotonic milliseconds that are the same in all threads of this machine; `performance.now` is relative to
 * its thread's start.
 */
export const processMs = (): number => Number(process.hrtime.bigint()) / 1e6
