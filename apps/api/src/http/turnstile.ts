import { endTurn } from '../generations/end-of-turn.ts'

/**
 * Lets calls in one at a time, one in each turn of the event loop, so that in between it is seen who else came: of many
 * that come together each is timed from its arrival, not from when those before it were worked on, and running answers
 * get their turns.
 */
export class Turnstile {
  readonly #waiting: (() => void)[] = []

  enter(work: () => void): void {
    if (this.#waiting.push(work) === 1) setImmediate(this.#admit)
  }

  readonly #admit = (): void => {
    const work = this.#waiting.shift()
    if (this.#waiting.length > 0) setImmediate(this.#admit)
    // A call takes milliseconds to begin; pieces of running answers that have come meanwhile go out before.
    endTurn()
    work?.()
  }
}
