import type { Clock } from '../clock.ts'

/**
 * Tells when requests arrived. All that one turn of the event loop finds waiting were there when it began: they get
 * the same moment, or the last of a hundred simultaneous starts would be timed from when the others had been served.
 */
export class TurnClock {
  readonly #clock: Clock
  #turnMs: number | undefined

  constructor(clock: Clock) {
    this.#clock = clock
  }

  now(): number {
    if (this.#turnMs !== undefined) return this.#turnMs
    this.#turnMs = this.#clock.now()
    setImmediate(() => (this.#turnMs = undefined))
    return this.#turnMs
  }
}
