import type { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { MAX_REDIRECTS, readRedirect } from '@slicechat/model-server'
import { Agent, errors } from 'undici'
import { CodedError } from '../errors.ts'

/** A request to a model server. */
export interface HttpRequest {
  method: 'GET' | 'POST'
  headers: Record<string, string>
  body?: string | Buffer
  signal?: AbortSignal
  /** Time until the response begins; without it only `signal` ends the wait. */
  headersTimeoutMs?: number
}

/** A response that has begun. Its body is Node's own stream, because web streams cost twice as much. */
export interface HttpResponse {
  status: number
  body: Readable
  /** A header by its name in lower case. */
  header: (name: string) => string | undefined
  /** Reads a short body as a whole. @throws when it is too large or stalls */
  text: () => Promise<string>
}

/** Largest body that is read as a whole: lists of models and error messages of a model server are smaller. */
const MAX_TEXT_BYTES = 4 * 1024 * 1024
const TEXT_TIMEOUT_MS = 10_000

/** Discards a body that will not be read. */
function discard(body: Readable): void {
  // The destroyed body emits an error, which without a listener would end the process.
  body.on('error', () => {})
  body.destroy()
}

async function readText(body: Readable): Promise<string> {
  let size = 0
  const timer = setTimeout(() => body.destroy(new Error('the body stalled')), TEXT_TIMEOUT_MS)
  body.on('data', (bytes: Buffer) => {
    size += bytes.length
    if (size > MAX_TEXT_BYTES) body.destroy(new Error('the body is too large'))
  })
  try {
    return await text(body)
  } finally {
    clearTimeout(timer)
  }
}

/** Sends requests to a model server. Redirects within the same host are followed. */
export class HttpClient {
  readonly #connectTimeoutMs: number
  readonly #agent: Agent

  /** @param connectTimeoutMs time-out for opening a TCP (and TLS) connection */
  constructor(connectTimeoutMs: number) {
    this.#connectTimeoutMs = connectTimeoutMs
    // The stream reader has its own time-out for the body, because it can tell a slow prefill from a dead stream.
    this.#agent = new Agent({ connect: { timeout: connectTimeoutMs }, headersTimeout: 0, bodyTimeout: 0 })
  }

  /** @throws {CodedError} of a failed connection or a redirect that is not followed, and network errors */
  async request(target: URL, request: HttpRequest): Promise<HttpResponse> {
    let url = target
    for (let hops = 0; ; hops++) {
      const response = await this.#send(url, request)
      const redirect = readRedirect(url, request.method, response.status, response.header('location'))
      if (redirect === null) return response
      discard(response.body)
      if (!redirect.isSameHost) throw moved(`redirects to ${redirect.shownUrl}`)
      if (hops === MAX_REDIRECTS) throw moved(`redirects again and again, last to ${redirect.shownUrl}`)
      url = redirect.to
    }
  }

  close(): Promise<void> {
    return this.#agent.destroy()
  }

  async #send(url: URL, request: HttpRequest): Promise<HttpResponse> {
    const { method, headers, body = null, signal = null, headersTimeoutMs: headersTimeout } = request
    const { origin, pathname, search } = url
    const options = { origin, path: pathname + search, method, headers, body, signal }
    try {
      const sent = await this.#agent.request(
        headersTimeout === undefined ? options : { ...options, headersTimeout },
      )
      return {
        status: sent.statusCode,
        body: sent.body,
        header: (name) => {
          const value = sent.headers[name]
          return Array.isArray(value) ? value.join(', ') : value
        },
        text: () => readText(sent.body),
      }
    } catch (error) {
      if (!(error instanceof errors.ConnectTimeoutError)) throw error
      const seconds = this.#connectTimeoutMs / 1000
      const message = `The model server cannot be reached (no connection within ${seconds} s).`
      throw new CodedError('UPSTREAM_UNREACHABLE', message)
    }
  }
}

const moved = (what: string): CodedError =>
  new CodedError('UPSTREAM_REJECTED', `The model server ${what}. Put into VLLM_URL where it is.`)
