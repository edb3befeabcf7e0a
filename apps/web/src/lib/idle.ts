/** Runs something when the browser is idle. Returns the function that cancels it. */
export type WhenIdle = (run: () => void) => () => void

export const whenIdle: WhenIdle = (run) => {
  // Safari has no idle callbacks.
  if (!('requestIdleCallback' in globalThis)) {
    const timer = setTimeout(run, 30)
    return () => clearTimeout(timer)
  }
  const handle = requestIdleCallback(run, { timeout: 200 })
  return () => cancelIdleCallback(handle)
}
