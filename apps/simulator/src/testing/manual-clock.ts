import type { Clock } from '../clock.ts'

/** A clock that tests advance by hand. */
export class ManualClock implements Clock {
  #now = 0
  readonly #timers = new Set<{ atMs: number; wake: () => void }>()

  now(): number {
    return this.#now
  }

  after(ms: number, wake: () => void): () => void {
    const timer = { atMs: this.#now + Math.max(0, ms), wake }
    this.#timers.add(timer)
    return () => this.#timers.delete(timer)
  }

  /** Lets `ms` pass; every timer fires on time. */
  advance(ms: number): void {
    const until = this.#now + ms
    for (;;) {
      const next = [...this.#timers].sort((a, b) => a.atMs - b.atMs)[0]
      if (next === undefined || next.atMs > until) break
      this.#now = Math.max(this.#now, next.atMs)
      this.#timers.delete(next)
      next.wake()
    }
    this.#now = until
  }

  /** Lets `ms` pass while no timer fires, as with a blocked event loop. */
  stall(ms: number): void {
    this.#now += ms
  }
}
