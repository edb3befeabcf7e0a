import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

/** The text of the next answer, and its speed. */
export interface Script {
  text: string
  /** The whole text comes at once if absent. */
  tokensPerS?: number
}

/** English text has about this many characters per token. */
export const CHARS_PER_TOKEN = 4
const TICK_MS = 5

/** A model server that answers with the text of its script, token by token. */
export class ScriptedUpstream implements AsyncDisposable {
  script: Script = { text: 'Hello.' }
  readonly #server: Server

  private constructor() {
    this.#server = createServer((request, response) => void this.#answer(request, response))
  }

  static async start(): Promise<ScriptedUpstream> {
    const upstream = new ScriptedUpstream()
    upstream.#server.listen(0, '127.0.0.1')
    await once(upstream.#server, 'listening')
    return upstream
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/v1`
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (!request.url?.endsWith('/chat/completions')) {
      response.setHeader('content-type', 'application/json')
      response.end(JSON.stringify({ object: 'list', data: [{ id: 'scripted', object: 'model' }] }))
      return
    }
    request.resume()
    const { text, tokensPerS = Number.POSITIVE_INFINITY } = this.script
    response.setHeader('content-type', 'text/event-stream')
    const start = performance.now()
    for (let sent = 0; sent < text.length && !response.destroyed;) {
      const due = Math.min(
        text.length,
        Math.ceil(((performance.now() - start) / 1000) * tokensPerS) * CHARS_PER_TOKEN || text.length,
      )
      for (; sent < due; sent += CHARS_PER_TOKEN)
        response.write(chunk({ content: text.slice(sent, sent + CHARS_PER_TOKEN) }, null))
      await sleep(TICK_MS)
    }
    response.end(`${chunk({}, 'stop')}data: [DONE]\n\n`)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections()
    this.#server.close()
    await once(this.#server, 'close')
  }
}

function chunk(delta: object, reason: string | null): string {
  const choices = [{ index: 0, delta, finish_reason: reason }]
  return `data: ${JSON.stringify({ id: 'scripted', object: 'chat.completion.chunk', model: 'scripted', choices })}\n\n`
}
