import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** One response as a server gives it. */
export interface RecordedResponse {
  /** Default 200. */
  readonly status?: number
  /** `null`: none. Default `text/event-stream`. */
  readonly type?: string | null
  readonly headers?: Readonly<Record<string, string>>
  /** Its chunks, each written on its own. */
  readonly body: readonly (string | Buffer)[]
  /** The connection is closed before the body has ended. */
  readonly cut?: boolean
}

/** What a model server was seen to do, and what is to come of it. */
export interface RecordedBehaviour {
  /** Which server, as of which version where it matters. */
  readonly server: string
  readonly what: string
  /** To the first request, the second, and so on; the last again and again. */
  readonly responses: readonly RecordedResponse[]
  /** Default: none. */
  readonly text?: string
  readonly reasoning?: string
  readonly tokens?: number
  /** How the API says that it ended: a finish reason, or an error's code. */
  readonly api: string
  /** How the load tester's direct target says so. */
  readonly direct: string
  /** What the API's error or note says. */
  readonly says?: RegExp
  /** What the load tester's error says; default `says` for errors. */
  readonly told?: RegExp
  /** The `reason` of the note. Default: no note. */
  readonly note?: string
  /** The `stream_options` of each request. Default: one request, with everything. */
  readonly asked?: readonly unknown[]
}

/** A request as it arrived. */
export interface ReceivedRequest {
  readonly headers: IncomingHttpHeaders
  readonly body: Readonly<Record<string, unknown>>
}

/** Serves recorded behaviours over real sockets; which one, says the model that a request names: its place in the list. */
export class RecordedServer implements AsyncDisposable {
  readonly #server
  readonly #received = new Map<string, ReceivedRequest[]>()

  private constructor(behaviours: readonly RecordedBehaviour[]) {
    this.#server = createServer((request, response) => {
      const chunks: Buffer[] = []
      request.on('data', (bytes: Buffer) => chunks.push(bytes))
      request.on('end', () => {
        if (request.url?.endsWith('/chat/completions') !== true)
          return listModels(response, behaviours.length)
        const body = JSON.parse(Buffer.concat(chunks).toString()) as { model: string }
        const received = this.received(body.model)
        received.push({ headers: request.headers, body })
        const { responses } = behaviours[Number(body.model)] ?? { responses: [] }
        const recorded = responses[Math.min(received.length, responses.length) - 1]
        if (recorded === undefined) response.writeHead(404).end()
        else write(response, recorded)
      })
    })
  }

  static async start(behaviours: readonly RecordedBehaviour[]): Promise<RecordedServer> {
    const server = new RecordedServer(behaviours)
    await new Promise<void>((resolve) => server.#server.listen(0, '127.0.0.1', resolve))
    return server
  }

  /** The base URL. */
  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/v1`
  }

  /** The requests for one behaviour. */
  received(model: string): ReceivedRequest[] {
    const known = this.#received.get(model) ?? []
    this.#received.set(model, known)
    return known
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }
}

function listModels(response: ServerResponse, count: number): void {
  const data = Array.from({ length: count }, (_, at) => ({ id: String(at), object: 'model' }))
  response.setHeader('content-type', 'application/json')
  response.end(JSON.stringify({ object: 'list', data }))
}

function write(response: ServerResponse, recorded: RecordedResponse): void {
  const { status = 200, type = 'text/event-stream', headers = {}, body, cut = false } = recorded
  response.writeHead(status, { ...headers, ...(type === null ? {} : { 'content-type': type }) })
  const rest = [...body]
  const next = (): void => {
    const chunk = rest.shift()
    if (chunk !== undefined) response.write(chunk, () => setImmediate(next))
    else if (cut) response.socket?.end()
    else response.end()
  }
  next()
}
