import type { Clock } from '../clock.ts'

/**
 * Tells when requests arrived. All requests that one turn of the event loop finds waiting were there when the turn
 * began, so they get the same time. Otherwise the last of a hundred simultaneous starts would be timed from the end of
 * the work on the others.
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
