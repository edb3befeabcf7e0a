import type { Clock } from '../clock.ts'

/**
 * Tokens due within this time belong to the current step: timers have a resolution of 1 ms, and half a ms early beats
 * one late.
 */
export const AHEAD_MS = 0.5

/** The one timer of an engine. It is set to the time of the next step, whatever the number of sequences. */
export class StepTimer {
  readonly #clock: Clock
  readonly #wake: () => void
  #cancel: (() => void) | undefined
  #atMs = Infinity

  /** @param wake called at the time that was set, or later */
  constructor(clock: Clock, wake: () => void) {
    this.#clock = clock
    this.#wake = wake
  }

  /** Sets the timer, unless it is set to an earlier time. */
  set(atMs: number): void {
    if (atMs >= this.#atMs) return
    this.#cancel?.()
    this.#atMs = atMs
    this.#cancel = this.#clock.after(atMs - this.#clock.now(), this.#fire)
  }

  cancel(): void {
    this.#cancel?.()
    this.#cancel = undefined
    this.#atMs = Infinity
  }

  readonly #fire = (): void => {
    this.#cancel = undefined
    this.#atMs = Infinity
    this.#wake()
  }
}
