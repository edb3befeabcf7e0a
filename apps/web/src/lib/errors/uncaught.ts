/**
 * Events without an error object are not failures of the page: for instance, a ResizeObserver was too late for a frame.
 */
function reasonOf(event: Event): unknown {
  return event.type === 'error' ? (event as ErrorEvent).error : (event as PromiseRejectionEvent).reason
}

/**
 * Reports what nobody caught on the page: exceptions of handlers and rejected promises. Returns the function that ends
 * it.
 */
export function reportUncaught(report: (error: unknown) => void, page: EventTarget = window): () => void {
  const over = new AbortController()
  for (const type of ['error', 'unhandledrejection'])
    page.addEventListener(
      type,
      (event) => {
        const reason = reasonOf(event)
        if (reason !== undefined && reason !== null) report(reason)
      },
      { signal: over.signal },
    )
  return () => over.abort()
}
