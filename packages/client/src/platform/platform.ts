/** What differs between a browser and Node: how a stream carries the key. */
export interface Platform {
  /** An `EventSource` whose requests carry the key, where the runtime allows it. */
  eventSource: (fetch: typeof globalThis.fetch, apiKey: string | undefined) => PlatformEventSource
  /** A `WebSocket` class whose upgrade carries the key, where the runtime allows it. */
  webSocket: (apiKey: string | undefined) => typeof WebSocket
  /** Whether the key must travel as the socket's first message, because the upgrade cannot carry it. */
  keyInFirstMessage: boolean
  /** Resolves a URL that may be relative to the page. */
  resolve: (url: string) => URL
}

export interface PlatformEventSource {
  EventSource: typeof EventSource
  options: Record<string, unknown>
}
