import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

type Handler = (response: ServerResponse, request: IncomingMessage, body: string) => void

/** A model server that does what a test writes down, for rubbish that the simulator does not make. */
export class ScriptedUpstream implements AsyncDisposable {
  readonly #server: Server
  readonly url: string
  /** What each chat completion was asked with. */
  readonly requests: { headers: IncomingMessage['headers']; body: Record<string, unknown> }[] = []

  /** Changes what chat completions are answered with. */
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
      if (!request.url?.endsWith('/chat/completions')) return response.writeHead(404).end()
      upstream.requests.push({ headers: request.headers, body: JSON.parse(body) as Record<string, unknown> })
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

/** Writes the head of an event stream and these events, `[DONE]` included where it is wanted. */
export function events(response: ServerResponse, ...data: (object | string)[]): void {
  if (!response.headersSent) response.writeHead(200, { 'content-type': 'text/event-stream' })
  // One write: what belongs together arrives together.
  response.write(
    data.map((item) => `data: ${typeof item === 'string' ? item : JSON.stringify(item)}\n\n`).join(''),
  )
}

/** A chunk with text, as vLLM writes it. */
export const delta = (content: string, finish: string | null = null): object => ({
  choices: [{ index: 0, delta: { content }, finish_reason: finish }],
})
