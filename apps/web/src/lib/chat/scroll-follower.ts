export interface ScrollGeometry {
  scrollTop: number
  scrollHeight: number
  clientHeight: number
}

/** Closer to the end than this, a reader is taken to be at the end (pixels). */
const SLACK = 32

const lowest = ({ scrollHeight, clientHeight }: ScrollGeometry) => scrollHeight - clientHeight

/**
 * Whether the page follows an answer as it grows. Decided by where the reader is and which way that
 * moved, never by time: growth alone changes nothing, moving up lets go, coming back to the end holds on.
 */
export class ScrollFollower {
  #following = true
  #last: ScrollGeometry | undefined

  get following(): boolean {
    return this.#following
  }

  /** To be told at every scroll event, and after moving the page oneself. */
  observe({ scrollTop, scrollHeight, clientHeight }: ScrollGeometry): void {
    const last = this.#last
    const now = { scrollTop, scrollHeight, clientHeight }
    this.#last = now
    const moved = last === undefined ? 0 : scrollTop - last.scrollTop
    // What became shorter pushes the reader up, too; that much is not their doing.
    const pushed = last === undefined ? 0 : Math.max(0, lowest(last) - lowest(now))
    if (moved < -pushed - 1) this.#following = false
    else if (lowest(now) - scrollTop <= SLACK) this.#following = true
  }

  /** The reader turned the wheel up: known before the first pixel has moved. */
  turnedUp(): void {
    if (this.#last !== undefined && this.#last.scrollTop > 0) this.#following = false
  }

  follow(): void {
    this.#following = true
  }
}
