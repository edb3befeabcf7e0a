import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { ErrorBody } from './http-error.ts'

const BODY_LIMIT = 64 * 1024 * 1024

/** The destination of a stream's text. */
export interface ResponseWriter {
  write(text: string): boolean
  end(): void
}

/** One request and its response, with the headers that every response of vLLM carries. */
export class Exchange {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly method: string
  readonly path: string
  /** Time of arrival on the engine's clock. */
  readonly arrivedMs: number
  /** From `X-Request-Id`, if the client sent one. */
  readonly givenId: string | undefined
  /** The `Content-Length` of the response; 0 for a stream. */
  responseBytes = 0
  readonly #base: readonly string[]
  /** Kept, because a request that was aborted half read no longer has a socket. */
  readonly #socket: Socket

  constructor(
    request: IncomingMessage,
    response: ServerResponse,
    options: { requestId: (() => string) | undefined; arrivedMs: number },
  ) {
    this.request = request
    this.response = response
    this.#socket = request.socket
    this.arrivedMs = options.arrivedMs
    this.method = request.method ?? 'GET'
    this.path = (request.url ?? '/').split('?', 1)[0] ?? '/'
    const given = request.headers['x-request-id']
    this.givenId = typeof given === 'string' && given !== '' ? given : undefined
    const id = options.requestId === undefined ? undefined : (this.givenId ?? options.requestId())
    this.#base = id === undefined ? [] : ['x-request-id', id]
  }

  /** Sends a complete response: JSON text, or an object. */
  json(status: number, body: unknown, headers: readonly string[] = ['vary', 'Origin']): void {
    const bytes = Buffer.from(typeof body === 'string' ? body : JSON.stringify(body))
    this.responseBytes = bytes.length
    this.#head(status, [
      'content-length',
      String(bytes.length),
      'content-type',
      'application/json',
      ...headers,
    ])
    this.response.end(bytes)
  }

  error(body: ErrorBody, headers: readonly string[] = []): void {
    const { message, type, param, code } = body
    this.json(code, { error: { message, type, param, code } }, ['vary', 'Origin', ...headers])
  }

  text(status: number, body: string, contentType: string): void {
    const bytes = Buffer.from(body)
    this.#head(status, [
      'content-length',
      String(bytes.length),
      'content-type',
      contentType,
      'vary',
      'Origin',
    ])
    this.response.end(bytes)
  }

  /** A response without a body. */
  empty(status: number, headers: readonly string[] = []): void {
    this.#head(status, ['content-length', '0', 'vary', 'Origin', ...headers])
    this.response.end()
  }

  /** Starts an event stream. The headers are sent before the first event, as by vLLM. */
  events(): void {
    this.#head(200, ['content-type', 'text/event-stream; charset=utf-8', 'vary', 'Origin'])
    this.response.flushHeaders()
  }

  /** Resets the connection, without a response and without an orderly end. */
  destroy(): void {
    this.#socket.resetAndDestroy()
  }

  /** The whole body; `undefined` when it exceeds 64 MiB or the client disconnected. */
  async body(): Promise<Buffer | undefined> {
    const parts: Buffer[] = []
    let size = 0
    try {
      for await (const part of this.request as AsyncIterable<Buffer>) {
        size += part.length
        if (size > BODY_LIMIT) return undefined
        parts.push(part)
      }
    } catch {
      return undefined
    }
    return Buffer.concat(parts)
  }

  #head(status: number, headers: readonly string[]): void {
    this.response.removeHeader('connection')
    this.response.sendDate = false
    this.response.writeHead(status, [
      ...['date', new Date().toUTCString(), 'server', 'uvicorn'],
      ...headers,
      ...this.#base,
    ])
  }
}
