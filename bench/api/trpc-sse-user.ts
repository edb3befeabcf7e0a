import { EventDecoder } from '@slicechat/model-server'
import { Connection } from './connection.ts'
import { startGeneration, stopGeneration, type StreamEvent } from './trpc-start.ts'
import type { AnswerSink, User } from './user.ts'

/** Talks to the API as the client does if upgrades are blocked: calls by POST, answers over SSE. */
export class TrpcSseUser implements User {
  readonly #calls: Connection
  readonly #streams: Connection
  #running: string | undefined

  constructor(url: URL) {
    this.#calls = new Connection(url)
    this.#streams = new Connection(url)
  }

  ask(tokens: number, sink: AnswerSink): void {
    startGeneration(this.#calls, 'generations.start', tokens, (id) => this.#read(id, sink), sink.fail)
  }

  close(): void {
    this.#streams.close()
    if (this.#running === undefined) this.#calls.close()
    else stopGeneration(this.#calls, this.#running)
  }

  #read(generationId: string, sink: AnswerSink): void {
    this.#running = generationId
    let counted = Number.NaN
    const reader = new EventDecoder((data, event) => {
      if (event === 'serialized-error') return sink.fail(data)
      if (event !== '') return
      const step = JSON.parse(data) as StreamEvent
      if ('text' in step) sink.text(step.text.length)
      else if (step.type === 'finished') counted = step.usage?.completionTokens ?? Number.NaN
    })
    const input = encodeURIComponent(JSON.stringify({ generationId }))
    this.#streams.request(`/trpc/generations.stream?input=${input}`, undefined, {
      bytes: (bytes) => reader.push(bytes),
      end: () => {
        this.#running = undefined
        sink.end(counted)
      },
      fail: sink.fail,
    })
  }
}
