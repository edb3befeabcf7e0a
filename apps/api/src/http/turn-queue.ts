import { endTurn } from '../generations/end-of-turn.ts'

/**
 * Lets one call in per turn of the event loop. Between two turns the process accepts the other calls that arrived, so
 * that each of many simultaneous calls is timed from its arrival, not from the end of the work on those before it.
 * Running answers also get their turns.
 */
export class TurnQueue {
  readonly #waiting: (() => void)[] = []

  enter(work: () => void): void {
    if (this.#waiting.push(work) === 1) setImmediate(this.#admit)
  }

  readonly #admit = (): void => {
    const work = this.#waiting.shift()
    if (this.#waiting.length > 0) setImmediate(this.#admit)
    // Starting a call takes milliseconds, so tokens of running answers that have arrived are sent first.
    endTurn()
    work?.()
  }
}
