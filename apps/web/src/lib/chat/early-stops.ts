import type { ChatPort } from './answer-follower.ts'
import type { ChatMessage } from './message.svelte.ts'
import type { Sleep } from './sleep.ts'

export type Ids = Awaited<ReturnType<ChatPort['send']>['ids']>

/** How long Stop waits for the API to give the answer an id, with which it can be stopped there. */
const PATIENCE_MS = 3_000

/**
 * Answers that were stopped before the API had given them ids. A call without a reply must not keep the page waiting.
 */
export class EarlyStops {
  readonly #sleep: Sleep
  readonly #stopping = new WeakSet<ChatMessage>()
  readonly #giveUp = new WeakMap<ChatMessage, () => void>()

  constructor(sleep: Sleep) {
    this.#sleep = sleep
  }

  stop(answer: ChatMessage): void {
    this.#stopping.add(answer)
    this.#giveUp.get(answer)?.()
  }

  /** Whether the answer is to be stopped as soon as it has an id. */
  isStopping(answer: ChatMessage): boolean {
    return this.#stopping.has(answer)
  }

  /**
   * Resolves to the ids, or to `stopped` if the answer was stopped and has no ids `PATIENCE_MS` later.
   * @throws the error with which the call was refused
   */
  async namedOrStopped(
    answer: ChatMessage,
    started: Promise<Ids>,
    signal: AbortSignal,
  ): Promise<Ids | 'stopped'> {
    const stopped = new Promise<'stopped'>((resolve, reject) => {
      this.#giveUp.set(answer, () => {
        this.#sleep(PATIENCE_MS, signal).then(() => resolve('stopped'), reject)
      })
    })
    return Promise.race([started, stopped])
  }
}
