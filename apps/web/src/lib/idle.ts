/** Runs something when nothing else is to do. Returns how to call it off. */
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
