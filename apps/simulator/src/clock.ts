/** Monotonic time in milliseconds, and timers. Tests pass a clock that they advance by hand. */
export interface Clock {
  /** Milliseconds since a fixed moment, with fractions; it never goes back. */
  now(): number
  /** Calls `wake` once, about `ms` from now. @returns a function that cancels it */
  after(ms: number, wake: () => void): () => void
}

/**
 * Longest wait of a Node timer, 25 days; with more it fires at once. A longer wait is cut, and the caller waits
 * again.
 */
const MAX_TIMEOUT_MS = 2 ** 31 - 1

/**
 * The real clock. Node's timers have a resolution of one millisecond and round up. The wait is rounded down, because
 * the remaining fraction is smaller than the delay of a wait that is rounded up.
 */
export const systemClock: Clock = {
  now: () => performance.now(),
  after(ms, wake) {
    if (ms <= 0) {
      const immediate = setImmediate(wake)
      return () => clearImmediate(immediate)
    }
    const timer = setTimeout(wake, Math.min(MAX_TIMEOUT_MS, Math.max(1, Math.floor(ms))))
    return () => clearTimeout(timer)
  },
}
