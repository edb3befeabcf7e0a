import type { WhenIdle } from '#lib/idle.ts'

/** Number of messages that are laid out at once; a screen holds far fewer. */
const FIRST = 16
const MORE = 16

/** How much of a long conversation is on the page: first its end, then the rest whenever the browser is idle. */
export class IdleGrowth {
  readonly #whenIdle: WhenIdle
  #count = $state(FIRST)
  #cancel: (() => void) | undefined

  constructor(idle: WhenIdle) {
    this.#whenIdle = idle
  }

  /** Index of the first message to show, in a list of this length. */
  startOf(length: number): number {
    return Math.max(0, length - this.#count)
  }

  /** Goes back to showing the end only, before another conversation comes. */
  reset(): void {
    this.stop()
    this.#count = FIRST
  }

  /** Adds the missing messages, piece by piece. */
  begin(length: number): void {
    this.stop()
    this.#grow(length)
  }

  stop(): void {
    this.#cancel?.()
    this.#cancel = undefined
  }

  #grow(length: number): void {
    if (this.#count >= length) {
      this.#count = Number.POSITIVE_INFINITY
      return
    }
    this.#cancel = this.#whenIdle(() => {
      this.#count += MORE
      this.#grow(length)
    })
  }
}
