/**
 * Lets one request in per turn of the event loop. Between two turns the process accepts the other requests that arrived,
 * so that each of two hundred simultaneous starts is timed from its arrival, not from the end of the work on the others.
 */
export class TurnQueue {
  readonly #waiting: (() => void)[] = []

  enter(work: () => void): void {
    if (this.#waiting.push(work) === 1) setImmediate(this.#admit)
  }

  readonly #admit = (): void => {
    const work = this.#waiting.shift()
    if (this.#waiting.length > 0) setImmediate(this.#admit)
    work?.()
  }
}
