import type { ClientRequest, IncomingMessage, RequestOptions, ServerResponse } from 'node:http'
import * as http from 'node:http'
import * as https from 'node:https'
import { requestIdOf } from '@slicechat/server'
import type { ApiMode } from './api-mode.ts'
import { isForOpenai, isReturn } from './api-paths.ts'
import type { Env } from './env.ts'
import { type Identity, requestHeaders, responseHeaders } from './headers.ts'
import { isForeign } from './origin.ts'
import { apiUnreachable, foreignOrigin, refuse, type Refusal } from './refusal.ts'

export type ForwarderSettings = Pick<Env, 'HOST' | 'API_URL' | 'API_KEY' | 'ALLOWED_ORIGINS'>

/** In whose name to call an API with this `AUTH`; `undefined` if it is not known, and nobody may be let in. */
export function identityFor(mode: ApiMode['current'], apiKey: string | undefined): Identity | undefined {
  if (mode === undefined) return undefined
  return mode === 'off' ? { accounts: false, apiKey } : { accounts: true }
}

function hasBody(request: IncomingMessage): boolean {
  const { 'content-length': length, 'transfer-encoding': encoding } = request.headers
  return encoding !== undefined || (length !== undefined && length !== '0')
}

interface Attempt {
  id: string
  /** Whether this is the second attempt at the request. */
  again: boolean
}

/**
 * Passes requests to the API and its answers back, byte for byte as they arrive: nothing is buffered, decoded or
 * compressed. When one side disconnects, the forwarder closes the other side too.
 */
export class Forwarder {
  readonly #api: URL
  readonly #settings: ForwarderSettings
  readonly #mode: ApiMode
  readonly #agent: http.Agent
  readonly #request: (options: RequestOptions) => ClientRequest

  constructor(settings: ForwarderSettings, mode: ApiMode) {
    this.#settings = settings
    this.#mode = mode
    this.#api = new URL(settings.API_URL)
    const secure = this.#api.protocol === 'https:'
    // A stream holds its socket while it runs. The number of sockets has no limit here, since the API limits
    // its streams.
    const agentOptions = { keepAlive: true, maxFreeSockets: 256, noDelay: true }
    this.#agent = secure ? new https.Agent(agentOptions) : new http.Agent(agentOptions)
    this.#request = secure ? https.request : http.request
  }

  forward(request: IncomingMessage, response: ServerResponse, id = requestIdOf(request.headers)): void {
    if (isForeign(request.headers, this.#settings, isReturn(request))) {
      this.#refuse(request, response, foreignOrigin, id)
      return
    }
    this.#enter(request, response, { id, again: false })
  }

  /** Sockets to the API, in use and idle. */
  get sockets(): number {
    const count = (table: NodeJS.ReadOnlyDict<unknown[]>) =>
      Object.values(table).reduce((sum, sockets) => sum + (sockets?.length ?? 0), 0)
    return count(this.#agent.sockets) + count(this.#agent.freeSockets)
  }

  close(): void {
    this.#agent.destroy()
  }

  #refuse(request: IncomingMessage, response: ServerResponse, refusal: Refusal, id: string): void {
    request.resume()
    refuse(response, refusal, id, isForOpenai(request.url))
  }

  /** Makes an attempt at the request as soon as it is known in whose name. */
  #enter(request: IncomingMessage, response: ServerResponse, attempt: Attempt): void {
    const enter = (mode: ApiMode['current']): void => {
      if (response.destroyed) return
      const identity = identityFor(mode, this.#settings.API_KEY)
      if (identity !== undefined) {
        this.#attempt(request, response, { ...attempt, identity })
        return
      }
      this.#refuse(request, response, apiUnreachable, attempt.id)
    }
    const { current } = this.#mode
    if (current === undefined) void this.#mode.ask().then(enter)
    else enter(current)
  }

  #attempt(
    request: IncomingMessage,
    response: ServerResponse,
    { id, again, identity }: Attempt & { identity: Identity },
  ): void {
    const upstream = this.#request({
      protocol: this.#api.protocol,
      hostname: this.#api.hostname.replace(/^\[|\]$/g, ''),
      port: this.#api.port,
      // The path is passed on unchanged: resolving it as a URL would let `/trpc/../x` reach paths outside /trpc.
      path: request.url ?? '/',
      method: request.method ?? 'GET',
      agent: this.#agent,
      headers: requestHeaders(request, { id, host: this.#api.host, identity }),
    })
    const leave = () => {
      if (!response.writableFinished) upstream.destroy()
    }
    response.once('close', leave)

    upstream.once('response', (answer) => {
      response.writeHead(answer.statusCode ?? 502, responseHeaders(answer.headers, id, identity.accounts))
      // The headers of a stream go out before its first token; otherwise the browser takes the connection for dead.
      response.flushHeaders()
      answer.on('error', () => response.destroy())
      answer.once('close', () => {
        if (!answer.complete) response.destroy()
      })
      answer.pipe(response)
    })
    upstream.on('error', (error: NodeJS.ErrnoException) => {
      if (response.destroyed || response.writableEnded) return
      // The API closed an idle socket just as it was reused, so the API never saw the request.
      const stale = upstream.reusedSocket && error.code === 'ECONNRESET' && !response.headersSent
      if (stale && !again && !hasBody(request)) {
        response.off('close', leave)
        this.#enter(request, response, { id, again: true })
        return
      }
      request.unpipe(upstream)
      this.#refuse(request, response, apiUnreachable, id)
    })
    if (hasBody(request)) request.pipe(upstream)
    else upstream.end()
  }
}
