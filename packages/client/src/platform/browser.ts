import type { Platform } from './platform.ts'

declare const location: { href: string }

export const platform: Platform = {
  // A browser's EventSource sends no headers: behind a web server that holds the key none is needed.
  eventSource: () => ({ EventSource: globalThis.EventSource, options: {} }),
  webSocket: () => globalThis.WebSocket,
  keyInFirstMessage: true,
  resolve: (url) => new URL(url, location.href),
}
