import { WebSocket } from 'ws'
import { Connection } from './connection.ts'
import { startGeneration, type StartProcedure, stopGeneration, type StreamEvent } from './trpc-start.ts'
import type { AnswerSink, User } from './user.ts'

interface Message {
  id: number
  error?: { message: string }
  result?: { type: string; data?: { data: StreamEvent } }
}

/**
 * Talks to the API as the client does by default: calls by POST, answers over one WebSocket that is opened when first
 * needed. tRPC's messages are parsed by hand, since the client's own link costs as much CPU per token as the API does.
 */
export class TrpcWebsocketUser implements User {
  readonly #url: URL
  readonly #calls: Connection
  readonly #procedure: StartProcedure
  readonly #headers: Record<string, string>
  #socket: WebSocket | undefined
  #sink: AnswerSink | undefined
  #id = 0
  #tokens = 0
  #running: string | undefined

  /** @param headers sent with every call, and with the upgrade */
  constructor(
    url: URL,
    procedure: StartProcedure = 'generations.start',
    headers: Record<string, string> = {},
  ) {
    this.#url = url
    this.#procedure = procedure
    this.#headers = headers
    this.#calls = new Connection(url, headers)
  }

  ask(tokens: number, sink: AnswerSink): void {
    this.#sink = sink
    this.#tokens = Number.NaN
    const started = (generationId: string): void => this.#subscribe(generationId)
    startGeneration(this.#calls, this.#procedure, tokens, started, (reason) => this.#fail(reason))
  }

  close(): void {
    this.#sink = undefined
    this.#socket?.terminate()
    if (this.#running === undefined) this.#calls.close()
    else stopGeneration(this.#calls, this.#running)
  }

  #subscribe(generationId: string): void {
    this.#running = generationId
    const params = { path: 'generations.stream', input: { generationId } }
    const call = JSON.stringify({ id: ++this.#id, method: 'subscription', params })
    if (this.#socket !== undefined) return this.#socket.send(call)
    const socket = new WebSocket(new URL('/trpc', this.#url.href.replace('http', 'ws')), {
      perMessageDeflate: false,
      skipUTF8Validation: true,
      headers: this.#headers,
    })
    this.#socket = socket
    socket.on('open', () => socket.send(call))
    socket.on('message', (bytes: Buffer) => this.#read(bytes.toString()))
    socket.on('error', (error) => this.#fail(error.message))
    socket.on('close', () => this.#fail('the socket was closed'))
  }

  #read(text: string): void {
    if (text === 'PING') return this.#socket?.send('PONG')
    const message = JSON.parse(text) as Message
    if (message.error !== undefined) return this.#fail(message.error.message)
    if (message.id !== this.#id || message.result === undefined) return
    const { type, data } = message.result
    if (type === 'stopped') this.#end()
    const event = data?.data
    if (event === undefined) return
    if ('text' in event) this.#sink?.text(event.text.length)
    else if (event.type === 'finished') this.#finished(event.usage?.completionTokens)
  }

  #finished(tokens = Number.NaN): void {
    this.#running = undefined
    this.#tokens = tokens
  }

  #end(): void {
    const sink = this.#sink
    this.#sink = undefined
    sink?.end(this.#tokens)
  }

  #fail(reason: string): void {
    const sink = this.#sink
    this.#sink = undefined
    sink?.fail(reason)
  }
}
