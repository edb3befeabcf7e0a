import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

type Handler = (response: ServerResponse, request: IncomingMessage, body: string) => void

/** A model server whose responses a test writes itself, for invalid output that the simulator does not produce. */
export class ScriptedUpstream implements AsyncDisposable {
  readonly #server: Server
  readonly url: string
  /** The requests for answers so far. */
  readonly requests: { headers: IncomingMessage['headers']; body: Record<string, unknown>; text: string }[] =
    []

  /** Replaces the handler of chat completions. */
  answerWith: (chat: Handler) => void

  constructor(server: Server, port: number, answerWith: (chat: Handler) => void) {
    this.#server = server
    this.answerWith = answerWith
    this.url = `http://127.0.0.1:${port}/v1`
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }
}

const modelList: Handler = (response) => {
  response.setHeader('content-type', 'application/json')
  response.end('{"object":"list","data":[{"id":"m","object":"model","max_model_len":4096}]}')
}

export async function startScripted(chat: Handler, models: Handler = modelList): Promise<ScriptedUpstream> {
  const server = createServer((request, response) => {
    let body = ''
    request.on('data', (bytes: Buffer) => (body += bytes.toString()))
    request.on('end', () => {
      if (request.url?.endsWith('/models')) return models(response, request, body)
      if (!request.url?.endsWith('/completions')) return response.writeHead(404).end()
      upstream.requests.push({
        headers: request.headers,
        body: JSON.parse(body) as Record<string, unknown>,
        text: body,
      })
      chat(response, request, body)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const upstream = new ScriptedUpstream(
    server,
    (server.address() as AddressInfo).port,
    (other) => (chat = other),
  )
  return upstream
}

/** Writes events to an event stream, whose headers are sent first. Pass `'[DONE]'` to end the stream. */
export function events(response: ServerResponse, ...data: (object | string)[]): void {
  if (!response.headersSent) response.writeHead(200, { 'content-type': 'text/event-stream' })
  // One write, so that the events arrive together.
  response.write(
    data.map((item) => `data: ${typeof item === 'string' ? item : JSON.stringify(item)}\n\n`).join(''),
  )
}

/** A chunk with text, as vLLM writes it. */
export const delta = (content: string, finish: string | null = null): object => ({
  choices: [{ index: 0, delta: { content }, finish_reason: finish }],
})
