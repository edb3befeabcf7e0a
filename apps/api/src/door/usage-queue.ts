import type { Logger } from '../logger.ts'
import { sumOf, type Used, type UsageStore } from '../store/usage.ts'

/** Time within which answers that end are written together. */
const WRITTEN_TOGETHER_MS = 20
/** Time after which a failed write is tried again. */
const RETRY_MS = 1_000

/**
 * Writes what answers used, a moment after their ends. What cannot be written stays in memory, as one sum for each owner,
 * key, day and model, and is tried again.
 */
export class UsageQueue {
  readonly #store: Pick<UsageStore, 'write'>
  readonly #log: Logger
  #waiting: Used[] = []
  #writing: Promise<void> | undefined
  #due: NodeJS.Timeout | undefined

  constructor(store: Pick<UsageStore, 'write'>, log: Logger) {
    this.#store = store
    this.#log = log
  }

  add(used: Used): void {
    this.#waiting.push(used)
    this.#writeIn(WRITTEN_TOGETHER_MS)
  }

  /** Resolves when all is written, or after `ms` of a store that fails. */
  async empty(ms: number): Promise<void> {
    const last = performance.now() + ms
    await this.#write()
    while (this.#waiting.length > 0 && performance.now() < last) {
      await new Promise((resolve) => setTimeout(resolve, 20))
      await this.#write()
    }
  }

  #writeIn(ms: number): void {
    this.#due ??= setTimeout(() => void this.#write(), ms).unref()
  }

  /** One write at a time: a caller who comes meanwhile waits for it. */
  #write(): Promise<void> {
    this.#writing ??= this.#writeAll().finally(() => (this.#writing = undefined))
    return this.#writing
  }

  async #writeAll(): Promise<void> {
    clearTimeout(this.#due)
    this.#due = undefined
    while (this.#waiting.length > 0) {
      const used = this.#waiting
      this.#waiting = []
      try {
        await this.#store.write(used)
      } catch (error) {
        this.#log.error({ err: error }, 'could not store what answers used; will retry')
        this.#waiting = sumOf([...used, ...this.#waiting])
        this.#writeIn(RETRY_MS)
        return
      }
    }
  }
}
