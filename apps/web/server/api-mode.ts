import type { ClientRequest, IncomingMessage, RequestOptions } from 'node:http'
import * as http from 'node:http'
import * as https from 'node:https'
import type { Socket } from 'node:net'
import type { AuthMode } from '@slicechat/contract'

/** An answer counts no longer than this, in case something between web server and API hides that the API was replaced. */
const MAX_AGE_MS = 10_000
const TIMEOUT_MS = 5_000
const MAX_ANSWER_CHARS = 10_000
const MODES: ReadonlySet<unknown> = new Set<AuthMode>(['off', 'password', 'oidc'])

const isMode = (mode: unknown): mode is AuthMode => MODES.has(mode)

/**
 * Knows whether the API has accounts (its `AUTH`). What is passed to the API depends on it: the web server's key, for all
 * visitors together, or each visitor's own session. An API can be started anew with another `AUTH`, which closes its
 * sockets. So an answer counts only while the socket over which it came is open.
 */
export class ApiMode {
  readonly #api: URL
  readonly #agent: http.Agent
  readonly #request: (options: RequestOptions) => ClientRequest
  #known: { mode: AuthMode; socket: Socket; at: number } | undefined
  #asking: Promise<AuthMode | undefined> | undefined

  constructor(apiUrl: string) {
    this.#api = new URL(apiUrl)
    const secure = this.#api.protocol === 'https:'
    const options = { keepAlive: true, maxSockets: 1 }
    this.#agent = secure ? new https.Agent(options) : new http.Agent(options)
    this.#request = secure ? https.request : http.request
  }

  /** The mode, if it is known at this moment. */
  get current(): AuthMode | undefined {
    const known = this.#known
    if (known === undefined || known.socket.destroyed) return undefined
    return performance.now() - known.at < MAX_AGE_MS ? known.mode : undefined
  }

  /** The mode; `undefined` if the API does not say it. */
  ask(): Promise<AuthMode | undefined> {
    const { current } = this
    if (current !== undefined) return Promise.resolve(current)
    this.#asking ??= this.#ask()
      .catch(() => undefined)
      .finally(() => (this.#asking = undefined))
    return this.#asking
  }

  close(): void {
    this.#agent.destroy()
  }

  async #ask(): Promise<AuthMode | undefined> {
    const request = this.#request({
      protocol: this.#api.protocol,
      hostname: this.#api.hostname.replace(/^\[|\]$/g, ''),
      port: this.#api.port,
      path: '/trpc/access.mode',
      agent: this.#agent,
      timeout: TIMEOUT_MS,
    })
    request.once('timeout', () => request.destroy(new Error('no answer in time')))
    const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>()
    request.once('response', resolve)
    request.on('error', reject)
    request.end()
    const response = await promise
    const { socket } = response
    let text = ''
    for await (const chunk of response.setEncoding('utf8')) {
      text += chunk as string
      if (text.length > MAX_ANSWER_CHARS) throw new Error('this is no answer of the API')
    }
    const { result } = JSON.parse(text) as { result?: { data?: { auth?: unknown } } }
    const mode = result?.data?.auth
    if (response.statusCode !== 200 || !isMode(mode)) return undefined
    // The API may have closed the socket after this answer; then the answer counts for those who wait for it only.
    this.#known = { mode, socket, at: performance.now() }
    return mode
  }
}
