import type { Platform } from './platform.ts'

declare const location: { href: string }

export const platform: Platform = {
  // A browser's EventSource cannot send the key. It need not: the web server in front of the API adds it.
  eventSource: () => ({ EventSource: globalThis.EventSource, options: {} }),
  webSocket: () => globalThis.WebSocket,
  keyInFirstMessage: true,
  resolve: (url) => new URL(url, location.href),
}
