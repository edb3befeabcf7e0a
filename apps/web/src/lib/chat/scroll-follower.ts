export interface ScrollGeometry {
  scrollTop: number
  scrollHeight: number
  clientHeight: number
}

/** A reader closer to the end than this many pixels counts as being at the end. */
const SLACK = 32

const lowest = ({ scrollHeight, clientHeight }: ScrollGeometry) => scrollHeight - clientHeight

/**
 * Whether the page follows an answer as it grows. The reader's position and its last change decide, never time: growth
 * alone changes nothing, moving up stops the following, coming back to the end starts it again.
 */
export class ScrollFollower {
  #following = true
  #last: ScrollGeometry | undefined

  get following(): boolean {
    return this.#following
  }

  /** Has to be called at every scroll event, and after the page has scrolled by itself. */
  observe({ scrollTop, scrollHeight, clientHeight }: ScrollGeometry): void {
    const last = this.#last
    const now = { scrollTop, scrollHeight, clientHeight }
    this.#last = now
    const moved = last === undefined ? 0 : scrollTop - last.scrollTop
    // Content that becomes shorter moves the reader up, too; that part of the move is not the reader's.
    const pushed = last === undefined ? 0 : Math.max(0, lowest(last) - lowest(now))
    if (moved < -pushed - 1) this.#following = false
    else if (lowest(now) - scrollTop <= SLACK) this.#following = true
  }

  /** Called when the reader turns the wheel up, before the first pixel has moved. */
  turnedUp(): void {
    if (this.#last !== undefined && this.#last.scrollTop > 0) this.#following = false
  }

  follow(): void {
    this.#following = true
  }
}
