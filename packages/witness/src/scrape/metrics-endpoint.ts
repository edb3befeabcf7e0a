import { Client, type Dispatcher } from 'undici'
import { shownUrl } from '../shown-url.ts'

/** No metrics page is longer than this. */
const MAX_PAGE_BYTES = 32 * 1024 * 1024

/** Why a page could not be read, in words for the user. */
class EndpointProblem extends Error {
  declare private readonly brand: never
}

/** Reads one metrics page over HTTP. It keeps one connection, and a second request waits for the first. */
export class MetricsEndpoint {
  /** The URL as it may be stored: see `shownUrl`. */
  readonly url: string
  readonly #client: Client
  readonly #path: string
  readonly #headers: Record<string, string>

  /** @param url may hold a user and password for basic authentication */
  constructor(url: URL) {
    const bare = new URL(url)
    ;[bare.username, bare.password] = ['', '']
    this.url = shownUrl(url)
    this.#client = new Client(bare.origin, { pipelining: 1 })
    this.#path = bare.pathname + bare.search
    // OpenMetrics has nothing more that is used here, and takes longer to write.
    this.#headers = { accept: 'text/plain;version=0.0.4', 'user-agent': 'slicechat-loadgen' }
    if (url.username !== '')
      this.#headers['authorization'] =
        `Basic ${Buffer.from(`${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`).toString('base64')}`
  }

  /**
   * @param givenUp fires when nobody waits for the page any longer
   * @throws {EndpointProblem} if there is no page within the time
   */
  async read(timeoutMs: number, givenUp?: AbortSignal): Promise<string> {
    const timeout = AbortSignal.timeout(timeoutMs)
    const signal = givenUp === undefined ? timeout : AbortSignal.any([timeout, givenUp])
    const problemOf = (error: unknown): EndpointProblem => {
      if (timeout.aborted) return new EndpointProblem(`no answer within ${timeoutMs / 1000} s`)
      if (signal.aborted) return new EndpointProblem('no answer until the end')
      return error instanceof EndpointProblem ? error : new EndpointProblem(reasonOf(error))
    }
    try {
      return await this.#once(signal).catch((error: unknown) => {
        // A server may close an idle connection at the very moment at which the next request goes out.
        if (wasCut(error) && !signal.aborted) return this.#once(signal)
        throw error
      })
    } catch (error) {
      throw problemOf(error)
    }
  }

  close(): Promise<void> {
    return this.#client.destroy()
  }

  async #once(signal: AbortSignal): Promise<string> {
    const request = { method: 'GET', path: this.#path, headers: this.#headers, signal } as const
    const { statusCode, body } = await this.#client.request(request)
    if (statusCode !== 200) {
      await body.dump()
      throw new EndpointProblem(`HTTP ${statusCode}`)
    }
    return await textOf(body)
  }
}

async function textOf(body: Dispatcher.ResponseData['body']): Promise<string> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of body as AsyncIterable<Buffer>) {
    bytes += chunk.length
    if (bytes > MAX_PAGE_BYTES)
      throw new EndpointProblem(`the page is longer than ${MAX_PAGE_BYTES >> 20} MiB`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

const codeOf = (error: unknown): string | undefined => (error as { code?: string }).code

const wasCut = (error: unknown): boolean => ['UND_ERR_SOCKET', 'ECONNRESET'].includes(codeOf(error) ?? '')

function reasonOf(error: unknown): string {
  const code = codeOf(error)
  if (code === 'ECONNREFUSED') return 'connection refused'
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return 'no such host'
  if (wasCut(error)) return 'the connection was cut'
  const text = error instanceof Error ? error.message : String(error)
  return text === '' ? (code ?? 'no connection') : text
}
