/**
 * Lets requests in one at a time, one in each turn of the event loop. In between it is seen who else came: of two
 * hundred simultaneous starts each is then timed from when it arrived, not from when the others had been worked on.
 */
export class Turnstile {
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
