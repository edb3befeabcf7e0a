export interface ScrollGeometry {
  scrollTop: number
  scrollHeight: number
  clientHeight: number
}

/** Closer to the end than this, a reader is taken to be at the end (pixels). */
const SLACK = 32

/**
 * Whether the page follows an answer as it grows. Decided by where the reader is and which way that
 * moved, never by time: growth alone changes nothing, scrolling up lets go, reaching the end holds on.
 */
export class ScrollFollower {
  #following = true
  #last: ScrollGeometry | undefined

  get following(): boolean {
    return this.#following
  }

  /** To be told at every scroll event, whoever caused it. */
  observe(now: ScrollGeometry): void {
    const last = this.#last
    this.#last = { ...now }
    const distance = now.scrollHeight - now.clientHeight - now.scrollTop
    // What became shorter pushes the reader up, too; that is not their doing.
    const shrank =
      last !== undefined && now.scrollHeight - now.clientHeight < last.scrollHeight - last.clientHeight
    if (distance <= SLACK) this.#following = true
    else if (last !== undefined && now.scrollTop < last.scrollTop && !shrank) this.#following = false
  }

  follow(): void {
    this.#following = true
  }
}
