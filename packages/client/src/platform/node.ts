import { EventSource } from 'eventsource'
import type { Platform } from './platform.ts'

/** Typed `unknown`, because its type depends on whether the DOM types are loaded: the package's own or the browser's. */
const nodeEventSource: unknown = EventSource

export const platform: Platform = {
  eventSource: (fetch, apiKey) => ({
    EventSource: nodeEventSource as typeof globalThis.EventSource,
    options: {
      fetch: (url: URL | string, init: RequestInit) => {
        const headers = new Headers(init.headers)
        if (apiKey !== undefined) headers.set('authorization', `Bearer ${apiKey}`)
        return fetch(url, { ...init, headers })
      },
    },
  }),
  webSocket: (apiKey) => {
    if (apiKey === undefined) return globalThis.WebSocket
    // Node's WebSocket takes options with headers in place of the protocols; a browser's does not.
    return class extends globalThis.WebSocket {
      constructor(url: string | URL) {
        super(url, { headers: { authorization: `Bearer ${apiKey}` } } as unknown as string[])
      }
    }
  },
  keyInFirstMessage: false,
  resolve: (url) => new URL(url),
}
