import type { IncomingMessage, OutgoingHttpHeaders } from 'node:http'
import * as net from 'node:net'
import type { Duplex } from 'node:stream'
import * as tls from 'node:tls'
import { requestIdOf } from '@slicechat/server'
import type { ApiMode } from './api-mode.ts'
import { type ForwarderSettings, identityFor } from './forwarder.ts'
import { type Identity, upgradeHeaders } from './headers.ts'
import { isOurOrigin } from './origin.ts'
import { apiUnreachable, foreignOrigin, refuseUpgrade } from './refusal.ts'

const CONNECT_TIMEOUT_MS = 5_000
const KEEP_ALIVE_MS = 30_000

function requestHead(path: string, headers: OutgoingHttpHeaders): string {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${String(value)}`)
  return `GET ${path} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`
}

/** The id of a visitor's request, and in whose name it reaches the API. */
interface Visitor {
  id: string
  identity: Identity
}

interface Pair {
  browser: net.Socket
  api: net.Socket
}

/**
 * Upgraded connections: the browser's socket and one to the API, piped into each other as raw bytes. The API answers
 * the handshake. The webSocketProxy does not read what the two ends exchange.
 */
export class WebSocketProxy {
  readonly #settings: ForwarderSettings
  readonly #api: URL
  readonly #mode: ApiMode
  readonly #pairs = new Set<Pair>()

  constructor(settings: ForwarderSettings, mode: ApiMode) {
    this.#settings = settings
    this.#mode = mode
    this.#api = new URL(settings.API_URL)
  }

  /** Open pairs of sockets. */
  get size(): number {
    return this.#pairs.size
  }

  open(request: IncomingMessage, stream: Duplex, head: Buffer, id = requestIdOf(request.headers)): void {
    if (!isOurOrigin(request.headers, this.#settings)) {
      refuseUpgrade(stream, foreignOrigin, id)
      return
    }
    if (!(stream instanceof net.Socket)) throw new TypeError('an upgraded connection is a socket')
    const browser = stream
    browser.on('error', () => browser.destroy())
    void this.#mode.ask().then((mode) => {
      if (browser.destroyed) return
      const identity = identityFor(mode, this.#settings.API_KEY)
      if (identity === undefined) refuseUpgrade(browser, apiUnreachable, id)
      else this.#pair(request, browser, head, { id, identity })
    })
  }

  #pair(request: IncomingMessage, browser: net.Socket, head: Buffer, { id, identity }: Visitor): void {
    const api = this.#connect()
    const pair = { browser, api }
    this.#pairs.add(pair)
    let connected = false

    const settle = () => {
      if (browser.destroyed && api.destroyed) this.#pairs.delete(pair)
    }
    const giveUp = () => {
      api.destroy()
      if (connected) browser.destroy()
      else if (!browser.destroyed) refuseUpgrade(browser, apiUnreachable, id)
    }
    browser.setTimeout(0).setNoDelay(true).setKeepAlive(true, KEEP_ALIVE_MS)
    browser.once('close', () => {
      api.destroy()
      settle()
    })
    api.on('error', giveUp)
    api.once('timeout', giveUp)
    api.once('close', () => {
      if (connected) browser.destroySoon()
      settle()
    })
    api.once(this.#api.protocol === 'https:' ? 'secureConnect' : 'connect', () => {
      connected = true
      api.setTimeout(0)
      const headers = upgradeHeaders(request, { id, host: this.#api.host, identity })
      api.write(requestHead(request.url ?? '/trpc', headers), 'latin1')
      if (head.length > 0) api.write(head)
      browser.pipe(api)
      api.pipe(browser)
    })
  }

  /** Closes the pairs over which no byte has passed since the previous call; running answers go on. */
  closeQuiet(seen: WeakMap<object, number>): void {
    for (const pair of this.#pairs) {
      const passed = pair.api.bytesRead + pair.api.bytesWritten
      if (seen.get(pair) === passed) this.#close(pair)
      else seen.set(pair, passed)
    }
  }

  closeAll(): void {
    for (const pair of this.#pairs) this.#close(pair)
  }

  #close({ browser, api }: Pair): void {
    api.destroy()
    browser.destroy()
  }

  #connect(): net.Socket {
    const host = this.#api.hostname.replace(/^\[|\]$/g, '')
    const secure = this.#api.protocol === 'https:'
    const port = Number(this.#api.port || (secure ? 443 : 80))
    // Half-open, so that one side's last bytes still arrive after the other side has ended.
    const options = { host, port, allowHalfOpen: true, noDelay: true, keepAlive: true }
    const socket = secure ? tls.connect({ ...options, servername: host }) : net.connect(options)
    return socket.setTimeout(CONNECT_TIMEOUT_MS)
  }
}
