/** Monotonic time in milliseconds and the one timer of the engine; tests pass a clock that they turn by hand. */
export interface Clock {
  /** Milliseconds since some fixed moment, with fractions; never goes back. */
  now(): number
  /** Calls `wake` once, about `ms` from now; the returned function takes it back. */
  after(ms: number, wake: () => void): () => void
}

/** Node's timers fire at once when they are asked for more, 25 days. Whoever waits longer asks again. */
const LONGEST_MS = 2 ** 31 - 1

/**
 * The real clock. A timer of Node has a grain of one millisecond and rounds up, so it is asked for a little less:
 * what is then still missing is smaller than what a rounded-up wait would be late.
 */
export const systemClock: Clock = {
  now: () => performance.now(),
  after(ms, wake) {
    if (ms <= 0) {
      const immediate = setImmediate(wake)
      return () => clearImmediate(immediate)
    }
    const timer = setTimeout(wake, Math.min(LONGEST_MS, Math.max(1, Math.floor(ms))))
    return () => clearTimeout(timer)
  },
}
