/**
 * Lets one call in per turn of the event loop. Between two turns the process accepts the other calls that arrived, so
 * that each of many simultaneous calls is timed from its arrival, not from the end of the work on those before it.
 * Running answers also get their turns.
 */
export class TurnQueue {
  readonly #waiting: (() => void)[] = []
  readonly #before: (() => void) | undefined

  /** @param before runs before each call that is let in */
  constructor(before?: () => void) {
    this.#before = before
  }

  enter(work: () => void): void {
    if (this.#waiting.push(work) === 1) setImmediate(this.#admit)
  }

  readonly #admit = (): void => {
    const work = this.#waiting.shift()
    if (this.#waiting.length > 0) setImmediate(this.#admit)
    this.#before?.()
    work?.()
  }
}
