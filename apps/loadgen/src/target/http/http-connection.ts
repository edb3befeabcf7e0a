import { validateHeaderValue } from 'node:http'
import { connect as connectTcp, isIP, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { type ResponseHandler, ResponseReader } from './response-reader.ts'

/** A POST with its body, or a GET without one. */
export interface HttpRequest {
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
}

const CONNECT_MS = 10_000
/**
 * How long an idle connection is kept if the server does not say how long it keeps one. vLLM's server closes
 * it after 5 s, and a request must not meet that close.
 */
const IDLE_MS = 4_000
/** Subtracted from the keep-alive time that the server announces, for the same reason. */
const IDLE_MARGIN_MS = 1_000
const MAX_IDLE_MS = 600_000

/** Shared by all connections of a thread: each piece is handled before the next is read. */
const readBuffer = Buffer.allocUnsafeSlow(64 * 1024)

/** A failure of the connection, with a code such as `ETIMEDOUT`. */
class ConnectionError extends Error {
  readonly code: string

  constructor(code: string, message: string) {
    super(message)
    this.code = code
  }
}

/**
 * One HTTP/1.1 connection, with one request at a time. `request` writes the request before it returns, and a response
 * is read without allocating buffers. With the usual HTTP clients, requests left up to a turn of the event loop
 * late, and collecting their buffers paused the load tester for 5 to 25 ms; both would appear in its measurements.
 */
export class HttpConnection {
  readonly #origin: URL
  readonly #onIdle: (connection: HttpConnection) => void
  #socket: Socket | undefined
  #reader: ResponseReader | undefined
  #handler: ResponseHandler | undefined
  #idleTimer: NodeJS.Timeout | undefined

  /**
   * @param onIdle called when it can take another request; if its socket is closed by then, `request` opens a new one
   */
  constructor(origin: URL, onIdle: (connection: HttpConnection) => void) {
    this.#origin = origin
    this.#onIdle = onIdle
  }

  /** @returns a function that ends the request and the connection; the handler is not called again */
  request({ path, headers, body }: HttpRequest, handler: ResponseHandler): () => void {
    let head = `${body === undefined ? 'GET' : 'POST'} ${path} HTTP/1.1\r\nhost: ${this.#origin.host}\r\n`
    for (const [name, value] of Object.entries(headers)) {
      validateHeaderValue(name, value)
      head += `${name}: ${value}\r\n`
    }
    clearTimeout(this.#idleTimer)
    this.#socket ??= this.#connect()
    this.#handler = handler
    this.#reader = new ResponseReader(handler)
    this.#socket.write(
      body === undefined ? `${head}\r\n` : `${head}content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
    )
    return () => {
      if (this.#handler !== handler) return
      this.destroy()
      this.#onIdle(this)
    }
  }

  /** Ends the connection; the handler of a pending request is not called again. */
  destroy(): void {
    const socket = this.#socket
    this.#forget()
    socket?.destroy()
  }

  #connect(): Socket {
    const { protocol, hostname, port } = this.#origin
    const secure = protocol === 'https:'
    // The brackets of an IPv6 address belong to the URL.
    const host = hostname.replace(/^\[|\]$/g, '')
    const options = {
      host,
      port: Number(port) || (secure ? 443 : 80),
      noDelay: true,
      onread: {
        buffer: readBuffer,
        callback: (size: number) => {
          if (this.#socket === socket) this.#read(size)
          return true
        },
      },
    }
    const socket: Socket = secure
      ? connectTls({ ...options, ...(isIP(host) === 0 ? { servername: host } : {}) })
      : connectTcp(options)
    const timer = setTimeout(() => {
      const message = `No connection to ${this.#origin.host} within ${CONNECT_MS / 1000} s.`
      socket.destroy(new ConnectionError('ETIMEDOUT', message))
    }, CONNECT_MS)
    socket.once(secure ? 'secureConnect' : 'connect', () => clearTimeout(timer))
    socket.on('error', (error) => this.#broken(socket, error))
    socket.on('end', () => this.#ended(socket))
    socket.on('close', () => {
      clearTimeout(timer)
      this.#ended(socket)
    })
    return socket
  }

  #read(size: number): void {
    const reader = this.#reader
    const socket = this.#socket
    try {
      // An idle connection expects no data.
      if (reader === undefined) return this.destroy()
      reader.push(readBuffer.subarray(0, size))
    } catch (error) {
      if (socket !== undefined) this.#broken(socket, error as Error)
      return
    }
    // The handler may have ended the request.
    if (reader.done && this.#reader === reader) this.#finished(reader)
  }

  #finished({ keepAlive, keepAliveMs }: ResponseReader): void {
    const handler = this.#handler
    const idleMs = Math.min(keepAliveMs === undefined ? IDLE_MS : keepAliveMs - IDLE_MARGIN_MS, MAX_IDLE_MS)
    this.#handler = this.#reader = undefined
    // If the answer came before all of the request was written, the next request would queue behind the rest of it.
    const isSent = this.#socket?.writableLength === 0
    if (keepAlive && isSent && idleMs > 0) this.#idleTimer = setTimeout(() => this.destroy(), idleMs).unref()
    else this.destroy()
    this.#onIdle(this)
    handler?.end()
  }

  #ended(socket: Socket): void {
    if (this.#socket !== socket) return
    if (this.#reader?.endsWithConnection === true) {
      const handler = this.#handler
      this.destroy()
      this.#onIdle(this)
      handler?.end()
    } else
      this.#broken(
        socket,
        new ConnectionError(
          'CONNECTION_CLOSED',
          'The server closed the connection before its answer was complete.',
        ),
      )
  }

  #broken(socket: Socket, error: Error): void {
    if (this.#socket !== socket) return
    const handler = this.#handler
    this.destroy()
    if (handler === undefined) return
    this.#onIdle(this)
    handler.fail(error)
  }

  #forget(): void {
    clearTimeout(this.#idleTimer)
    this.#reader?.stop()
    this.#socket = this.#handler = this.#reader = undefined
  }
}
