/** Waits; an abort ends the wait early, without an error. Passed in, so that tests do not wait. */
export type Sleep = (ms: number, signal: AbortSignal) => Promise<void>

/** The `Sleep` of the page. */
export const abortableSleep: Sleep = (ms, signal) =>
  new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer)
      signal.removeEventListener('abort', done)
      resolve()
    }
    const timer = setTimeout(done, ms)
    signal.addEventListener('abort', done)
    if (signal.aborted) done()
  })
