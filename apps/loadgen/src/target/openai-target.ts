import {
  OptionalFields,
  readErrorBody,
  readRedirect,
  type ServerError,
  type StreamOptions,
} from '@slicechat/model-server'
import { CompletionStream } from './completion-stream.ts'
import type { ExtraBody } from './extra-body.ts'
import type { ExtraHeaders } from './extra-headers.ts'
import { HttpConnections } from './http/http-connections.ts'
import { errorOf, refusalOf } from './openai-errors.ts'
import type { Ask, TargetCheck, Outcome, Target, TargetConversation, TargetUser } from './target.ts'
import { checkServer } from './server-check.ts'

export interface OpenaiTargetOptions {
  /** With or without the `/v1` at its end. */
  readonly url: URL
  readonly apiKey?: string | undefined
  readonly model?: string | undefined
  readonly sockets: 'per-user' | 'shared'
  readonly headers: ExtraHeaders
  readonly body: ExtraBody
}

interface Message {
  readonly role: 'system' | 'user' | 'assistant'
  readonly content: string
}

/** Sends to an OpenAI-compatible server directly the requests that the API would send; keeps the histories here. */
export class OpenaiTarget implements Target {
  readonly kind = 'openai'
  readonly transport = 'http'
  #origin: URL
  #path: string
  readonly #headers: Record<string, string>
  readonly #body: ExtraBody
  readonly #sockets: 'per-user' | 'shared'
  readonly #fields = new OptionalFields()
  #shared: HttpConnections | undefined
  readonly #open = new Set<HttpConnections>()
  #model: string | undefined

  constructor({ url, apiKey, model, sockets, headers, body }: OpenaiTargetOptions) {
    const path = url.pathname.replace(/\/+$/, '')
    this.#origin = new URL(url.origin)
    this.#path = path.endsWith('/v1') ? path : `${path}/v1`
    this.#model = model
    this.#body = body
    this.#headers = {
      ...headers,
      'content-type': 'application/json',
      ...(apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` }),
    }
    this.#sockets = sockets
  }

  get url(): string {
    return this.#origin.origin + this.#path
  }

  async check(): Promise<TargetCheck> {
    const { checked, url } = await checkServer({
      url: this.url,
      headers: this.#headers,
      model: this.#model,
      body: this.#body,
    })
    const { origin, pathname } = new URL(url)
    this.#origin = new URL(origin)
    this.#path = pathname
    this.#model = checked.model
    return checked
  }

  user(): TargetUser {
    const connections = this.#shared ?? new HttpConnections(this.#origin)
    if (this.#sockets === 'shared') this.#shared = connections
    this.#open.add(connections)
    return {
      converse: ({ systemPrompt }) =>
        new OpenaiConversation((body, ask) => this.#complete(connections, body, ask), systemPrompt),
      close: () => {
        if (connections === this.#shared) return
        this.#open.delete(connections)
        connections.destroy()
      },
    }
  }

  close(): Promise<void> {
    for (const connections of this.#open) connections.destroy()
    return Promise.resolve()
  }

  /**
   * Requests one answer. If the server refuses a stream option that only serves to count tokens, asks without it.
   */
  async #complete(
    connections: HttpConnections,
    messages: readonly Message[],
    ask: Ask,
  ): Promise<Pick<Answer, 'outcome' | 'text'>> {
    const model = this.#model ?? ''
    for (;;) {
      const options = this.#fields.streamOptions(model)
      const answer = await this.#request(connections, messages, ask, options)
      const { text, said } = answer
      if (said === undefined || text !== '' || !this.#fields.refused(model, said, options)) return answer
    }
  }

  #request(
    connections: HttpConnections,
    messages: readonly Message[],
    ask: Ask,
    options: StreamOptions | undefined,
  ): Promise<Answer> {
    const { maxTokens, exact, temperature, signal } = ask
    const body = JSON.stringify({
      ...this.#body,
      model: this.#model,
      messages,
      stream: true,
      stream_options: options,
      max_tokens: maxTokens,
      ...(exact ? { min_tokens: maxTokens, ignore_eos: true } : {}),
      temperature,
    })
    const path = `${this.#path}/chat/completions`
    return new Promise((resolve) => {
      let stream = new CompletionStream(ask.arrived)
      let status = 0
      let location: string | undefined
      let refusal = ''
      const end = (outcome: Outcome, said = stream.said): void => {
        signal.removeEventListener('abort', leave)
        resolve({ outcome, text: stream.text, said })
      }
      const leave = (): void => {
        close()
        end(stream.closed())
      }
      if (signal.aborted) return resolve({ outcome: stream.closed(), text: '', said: undefined })
      signal.addEventListener('abort', leave, { once: true })
      const close = connections.request(
        { path, headers: this.#headers, body },
        {
          head: (code, headers) => {
            status = code
            location = headers.get('location')
            if (code === 200) stream = new CompletionStream(ask.arrived, headers.get('content-type'))
          },
          data: (bytes) => {
            if (status === 200) stream.push(bytes)
            else if (refusal.length < 65_536) refusal += bytes.toString()
          },
          end: () => {
            if (status === 200) return end(stream.outcome())
            const said = readErrorBody(refusal, status)
            const place = readRedirect(new URL(path, this.#origin), 'POST', status, location)?.shownUrl
            end(stream.outcome(refusalOf(said, refusal, place)), said)
          },
          fail: (error) => end(stream.outcome(errorOf(error))),
        },
      )
    })
  }
}

interface Answer {
  readonly outcome: Outcome
  readonly text: string
  /** The error that the server sent in place of an answer. */
  readonly said: ServerError | undefined
}

type Complete = (messages: readonly Message[], ask: Ask) => Promise<Pick<Answer, 'outcome' | 'text'>>

class OpenaiConversation implements TargetConversation {
  readonly #complete: Complete
  readonly #messages: Message[]

  constructor(complete: Complete, systemPrompt: string | undefined) {
    this.#complete = complete
    this.#messages = systemPrompt === undefined ? [] : [{ role: 'system', content: systemPrompt }]
  }

  send(content: string, ask: Ask): Promise<Outcome> {
    this.#messages.push({ role: 'user', content })
    return this.#answer(ask)
  }

  regenerate(ask: Ask): Promise<Outcome> {
    if (this.#messages.at(-1)?.role === 'assistant') this.#messages.pop()
    return this.#answer(ask)
  }

  end(): Promise<void> {
    return Promise.resolve()
  }

  async #answer(ask: Ask): Promise<Outcome> {
    const { outcome, text } = await this.#complete(this.#messages, ask)
    // As in the API: a stopped answer stays in the history, the text of a failed one is never sent back to the model.
    if (outcome.reason !== 'error' && text !== '') this.#messages.push({ role: 'assistant', content: text })
    return outcome
  }
}
