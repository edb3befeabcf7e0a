import { EventDecoder } from '@slicechat/model-server'
import { Connection } from './connection.ts'
import { type AnswerSink, prompt, seed, type User } from './user.ts'

interface Chunk {
  choices: { delta: { content: string } }[]
  usage: { completion_tokens: number } | null
}

/** Talks to a model server, or to a proxy in front of one, with the request that the API would send. */
export class OpenaiUser implements User {
  readonly #connection: Connection
  readonly #model: string

  constructor(url: URL, model: string) {
    this.#connection = new Connection(url)
    this.#model = model
  }

  ask(tokens: number, sink: AnswerSink): void {
    const body = JSON.stringify({
      model: this.#model,
      messages: [{ role: 'user', content: prompt }],
      stream: true,
      stream_options: { include_usage: true, continuous_usage_stats: true },
      max_tokens: tokens,
      seed,
    })
    let counted = 0
    const reader = new EventDecoder((data) => {
      if (data === '[DONE]') return
      const { choices, usage } = JSON.parse(data) as Chunk
      counted = usage?.completion_tokens ?? counted
      const text = choices[0]?.delta.content ?? ''
      if (text !== '') sink.text(text.length, counted)
    })
    this.#connection.request('/v1/chat/completions', body, {
      bytes: (bytes) => reader.push(bytes),
      end: () => sink.end(counted),
      fail: sink.fail,
    })
  }

  close(): void {
    this.#connection.close()
  }
}
