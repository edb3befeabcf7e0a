import { omitUndefined } from '@slicechat/contract'
import { type ChatClient, createChatClient, toChatError } from '@slicechat/client'
import { ApiConversation } from './api-conversation.ts'
import { type CallFetch, createCallFetch } from './call-fetch.ts'
import type { ExtraHeaders } from './extra-headers.ts'
import type { TargetCheck, Target, TargetUser } from './target.ts'
import { errorOf } from './openai-errors.ts'
import { TargetProblem } from '../problems/target-problem.ts'
import { socketWith, upgradesOf } from './upgrade-check.ts'

export interface ApiTargetOptions {
  readonly url: URL
  readonly apiKey?: string | undefined
  readonly model?: string | undefined
  readonly transport?: 'websocket' | 'sse' | undefined
  readonly sockets: 'per-user' | 'shared'
  readonly asPage?: boolean | undefined
  readonly headers: ExtraHeaders
}

const CHECK_MS = 10_000

/** A Slicechat API (or a web server before it), used as the web app does: conversations, answers over a socket. */
export class ApiTarget implements Target {
  readonly kind = 'api'
  readonly url: string
  readonly #options: ApiTargetOptions
  readonly #transport: 'websocket' | 'sse'
  readonly #calls: CallFetch
  readonly #clients = new Set<ChatClient>()
  readonly #shared: ChatClient | undefined
  #used = false

  constructor(options: ApiTargetOptions) {
    this.#options = options
    this.url = options.url.href
    this.#transport = options.transport ?? 'websocket'
    this.#calls = createCallFetch(options.url.origin, options.headers)
    this.#shared = options.sockets === 'shared' ? this.#client() : undefined
  }

  get transport(): 'websocket' | 'sse' | undefined {
    return this.#used ? this.#transport : undefined
  }

  async check(): Promise<TargetCheck> {
    const client = this.#client()
    try {
      const models = await client.api.models.list.query(undefined, { signal: AbortSignal.timeout(CHECK_MS) })
      const wanted = this.#options.model
      const model = wanted === undefined ? models[0] : models.find(({ id }) => id === wanted)
      if (model === undefined) {
        const ids = models.map(({ id }) => id).join(', ')
        throw new TargetProblem('--model', `${this.url} does not serve it; it has ${ids || 'none'}`)
      }
      const asPage = await this.#checkTransport()
      const { id, simulated, maxModelLen } = model
      return {
        ...{ model: id, simulated, maxModelLen: maxModelLen ?? Number.POSITIVE_INFINITY },
        ...{ asPage, throughApi: true },
      }
    } catch (error) {
      throw this.#problem(error)
    } finally {
      this.#close(client)
    }
  }

  user(): TargetUser {
    this.#used = true
    const client = this.#shared ?? this.#client()
    return {
      converse: ({ systemPrompt }) =>
        new ApiConversation(client, { systemPrompt, model: this.#options.model }),
      close: () => {
        if (client !== this.#shared) this.#close(client)
      },
    }
  }

  close(): Promise<void> {
    for (const client of this.#clients) this.#close(client)
    this.#calls.close()
    return Promise.resolve()
  }

  #client(asPage = this.#options.asPage ?? false): ChatClient {
    const { url, apiKey, headers } = this.#options
    const handshake = { ...headers, ...(asPage ? { origin: url.origin } : {}) }
    const client = createChatClient({
      url: url.href,
      // No fallback to the other transport: a run must not change its transport half-way.
      transport: this.#transport,
      fetch: this.#calls.fetch,
      ...omitUndefined({ apiKey }),
      ...(Object.keys(handshake).length > 0 ? { WebSocket: socketWith(handshake) } : {}),
    })
    this.#clients.add(client)
    return client
  }

  #close(client: ChatClient): void {
    this.#clients.delete(client)
    client.close()
  }

  /**
   * Subscribes to a generation that does not exist: the API's NOT_FOUND shows that subscriptions get through.
   * @returns whether WebSocket handshakes need the `Origin` of the server's own page
   */
  async #checkTransport(): Promise<boolean> {
    const { url, apiKey, headers } = this.#options
    const authorization = apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` }
    const upgrades =
      this.#transport === 'sse' ? 'any' : await upgradesOf(url, { ...headers, ...authorization })
    const asPage = upgrades === 'page'
    const client = this.#client(asPage)
    const signal = AbortSignal.timeout(CHECK_MS)
    try {
      if (upgrades !== 'none') for await (const _event of client.watch(crypto.randomUUID(), { signal }));
      throw new Error('no upgrade')
    } catch (error) {
      if (!signal.aborted && toChatError(error).code === 'NOT_FOUND') return asPage
      const other = this.#transport === 'sse' ? 'websocket' : 'sse'
      throw new TargetProblem(
        '--transport',
        `${this.#transport} does not get through to ${this.url}; try --transport ${other}`,
        error,
      )
    } finally {
      this.#close(client)
    }
  }

  #problem(error: unknown): TargetProblem {
    if (error instanceof TargetProblem) return error
    const { code, message } = toChatError(error)
    if (code === 'UNAUTHENTICATED' || code === 'FORBIDDEN')
      return new TargetProblem('--api-key', `${this.url} does not accept it (${code}: ${message})`, error)
    if (code === 'API_UNREACHABLE') {
      const reason = errorOf(error).message
      return new TargetProblem('--target', `no Slicechat API answers at ${this.url} (${reason})`, error)
    }
    return new TargetProblem('--target', `${this.url} cannot serve now (${code}: ${message})`, error)
  }
}
