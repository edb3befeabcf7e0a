import type { AppRouter } from '@slicechat/api'
import { createWSClient, httpSubscriptionLink, type TRPCLink, wsLink } from '@trpc/client'
import { observable } from '@trpc/server/observable'
import { platform } from '#platform'
import { type Refusal, refusalOf } from './refusal.ts'

/** Transport of the answers. */
export type Transport = 'websocket' | 'sse'

export interface TransportOptions {
  /** Absolute URL of the API's tRPC endpoint. */
  url: URL
  apiKey: string | undefined
  /** `undefined`: WebSocket first, SSE when it fails. */
  transport: Transport | undefined
  fetch: typeof globalThis.fetch
  WebSocket: typeof globalThis.WebSocket | undefined
  EventSource: typeof globalThis.EventSource | undefined
}

const UPGRADE_TIMEOUT_MS = 5_000
/**
 * Failures in a row that cause a fallback to SSE after a socket has worked: the server is more likely down than
 * upgrades blocked.
 */
const FAILURES_AFTER_SUCCESS = 3
/** After such a fallback, answers that begin this much later try WebSocket again. */
const RETURN_AFTER_MS = 60_000
/** A socket without subscriptions is closed after this time; the next answer opens another. */
const IDLE_CLOSE_MS = 30_000

type Operation = ReturnType<ReturnType<TRPCLink<AppRouter>>>

/**
 * Chooses the transport of each subscription. It begins with WebSocket, whose cost per token is half of SSE's, and
 * falls back to SSE when upgrades fail: for good if no upgrade ever succeeded, otherwise for a minute. A caller that the
 * API does not know is told so instead.
 */
export class TransportSwitch {
  readonly #options: TransportOptions
  readonly #forced: boolean
  readonly #links = new Map<Transport, TRPCLink<AppRouter>>()
  #current: Transport
  #socket: ReturnType<typeof createWSClient> | undefined
  #opened = false
  /** Time at which WebSocket is tried again, on the clock of `performance.now()`. */
  #returnAt = Number.POSITIVE_INFINITY
  #failures = 0
  /** Ends a subscription with a refusal, for each that runs over the socket. */
  readonly #reading = new Set<(refusal: Refusal) => void>()
  #asking: Promise<boolean> | undefined

  constructor(options: TransportOptions) {
    this.#options = options
    this.#forced = options.transport !== undefined
    this.#current = options.transport ?? 'websocket'
  }

  get current(): Transport {
    return this.#current
  }

  /** A link that sends each subscription over the transport that is current when the subscription begins. */
  readonly link: TRPCLink<AppRouter> = (runtime) => {
    const running = new Map<Transport, ReturnType<TRPCLink<AppRouter>>>()
    return (call) => {
      this.#returnWhenDue()
      const transport = this.#current
      let operation = running.get(transport)
      if (operation === undefined) {
        operation = this.#link(transport)(runtime)
        running.set(transport, operation)
      }
      return transport === 'sse' ? operation(call) : this.#refusable(operation(call))
    }
  }

  close(): void {
    void this.#socket?.close()
  }

  /** The same subscription, which also ends when the API refuses the caller. */
  #refusable(operation: Operation): Operation {
    return observable((observer) => {
      const refuse = (refusal: Refusal): void => observer.error(refusal)
      this.#reading.add(refuse)
      const subscription = operation.subscribe(observer)
      return () => {
        this.#reading.delete(refuse)
        subscription.unsubscribe()
      }
    })
  }

  #link(transport: Transport): TRPCLink<AppRouter> {
    let link = this.#links.get(transport)
    if (link === undefined) {
      link = transport === 'sse' ? this.#sse() : this.#webSocket()
      this.#links.set(transport, link)
    }
    return link
  }

  #sse(): TRPCLink<AppRouter> {
    const { url, apiKey, fetch, EventSource } = this.#options
    const source = platform.eventSource(fetch, apiKey)
    return httpSubscriptionLink({
      url: url.href,
      EventSource: EventSource ?? source.EventSource,
      eventSourceOptions: source.options,
    })
  }

  #webSocket(): TRPCLink<AppRouter> {
    const { url, apiKey, WebSocket } = this.#options
    const socketUrl = new URL(url)
    socketUrl.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:'
    const inFirstMessage = apiKey !== undefined && (platform.keyInFirstMessage || WebSocket !== undefined)
    this.#socket = createWSClient({
      url: socketUrl.href,
      WebSocket: impatient(WebSocket ?? platform.webSocket(apiKey)),
      ...(inFirstMessage ? { connectionParams: { apiKey } } : {}),
      lazy: { enabled: true, closeMs: IDLE_CLOSE_MS },
      keepAlive: { enabled: true, intervalMs: 15_000, pongTimeoutMs: 10_000 },
      retryDelayMs: (attempt) => Math.min(250 * 2 ** attempt, 5_000) * (0.5 + Math.random() / 2),
      onOpen: () => {
        this.#opened = true
        this.#failures = 0
      },
      onClose: () => void this.#isRefused(),
      onError: () => void this.#isRefused().then((refused) => (refused ? undefined : this.#failed())),
    })
    return wsLink({ client: this.#socket })
  }

  /**
   * Asks over HTTP whether the API refuses this caller, after a socket failed or was closed: a browser does not tell the
   * page why. A refused caller's subscriptions end with the refusal, and nothing is tried again until the next one.
   */
  #isRefused(): Promise<boolean> {
    if (this.#reading.size === 0) return Promise.resolve(false)
    this.#asking ??= refusalOf(this.#options)
      .then((refusal) => {
        if (refusal === undefined) return false
        for (const refuse of this.#reading) refuse(refusal)
        void this.#socket?.close()
        return true
      })
      .finally(() => (this.#asking = undefined))
    return this.#asking
  }

  #failed(): void {
    this.#failures++
    if (!this.#opened || this.#failures >= FAILURES_AFTER_SUCCESS) this.#fallBack()
  }

  #returnWhenDue(): void {
    if (performance.now() < this.#returnAt) return
    this.#returnAt = Number.POSITIVE_INFINITY
    this.#failures = 0
    this.#current = 'websocket'
  }

  /** Switches to SSE. Closing the socket completes its subscriptions, whose readers then resume over SSE. */
  #fallBack(): void {
    if (this.#forced || this.#current === 'sse') return
    this.#current = 'sse'
    if (this.#opened) this.#returnAt = performance.now() + RETURN_AFTER_MS
    void this.#socket?.close()
  }
}

/**
 * A `WebSocket` class whose sockets give up on an upgrade that gets no response in time. An upgrade that a proxy
 * swallows, or that goes to a pod that is gone, never fails by itself.
 */
function impatient(WebSocket: typeof globalThis.WebSocket): typeof globalThis.WebSocket {
  return class extends WebSocket {
    constructor(url: string | URL, protocols?: string | string[]) {
      super(url, protocols)
      const timer = setTimeout(() => this.close(), UPGRADE_TIMEOUT_MS)
      for (const settled of ['open', 'close']) this.addEventListener(settled, () => clearTimeout(timer))
    }
  }
}
