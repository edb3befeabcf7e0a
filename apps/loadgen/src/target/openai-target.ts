import { CompletionStream } from './completion-stream.ts'
import type { ExtraBody } from './extra-body.ts'
import type { ExtraHeaders } from './extra-headers.ts'
import { HttpConnections } from './http/http-connections.ts'
import { errorOf, refusalOf } from './openai-errors.ts'
import type { Ask, Checked, Outcome, Target, TargetConversation, TargetUser } from './target.ts'
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

/** Straight to an OpenAI-compatible server, with the request that the API would send; histories are kept here. */
export class OpenaiTarget implements Target {
  readonly kind = 'openai'
  readonly transport = 'http'
  readonly url: string
  readonly #origin: URL
  readonly #path: string
  readonly #headers: Record<string, string>
  readonly #body: ExtraBody
  readonly #shared: HttpConnections | undefined
  readonly #open = new Set<HttpConnections>()
  #model: string | undefined

  constructor({ url, apiKey, model, sockets, headers, body }: OpenaiTargetOptions) {
    const path = url.pathname.replace(/\/+$/, '')
    this.#origin = new URL(url.origin)
    this.#path = path.endsWith('/v1') ? path : `${path}/v1`
    this.url = url.origin + this.#path
    this.#model = model
    this.#body = body
    this.#headers = {
      ...headers,
      'content-type': 'application/json',
      ...(apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` }),
    }
    this.#shared = sockets === 'shared' ? new HttpConnections(this.#origin) : undefined
  }

  async check(): Promise<Checked> {
    const checked = await checkServer({
      ...{ url: this.url, headers: this.#headers, model: this.#model, body: this.#body },
    })
    this.#model = checked.model
    return checked
  }

  user(): TargetUser {
    const connections = this.#shared ?? new HttpConnections(this.#origin)
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

  #complete(connections: HttpConnections, messages: readonly Message[], ask: Ask): Promise<Answer> {
    const { maxTokens, exact, temperature, signal } = ask
    const body = JSON.stringify({
      ...this.#body,
      model: this.#model,
      messages,
      stream: true,
      stream_options: { include_usage: true, continuous_usage_stats: true },
      max_tokens: maxTokens,
      ...(exact ? { min_tokens: maxTokens, ignore_eos: true } : {}),
      temperature,
    })
    return new Promise((resolve) => {
      const stream = new CompletionStream(ask.arrived)
      let status = 0
      let refusal = ''
      const end = (outcome: Outcome): void => {
        signal.removeEventListener('abort', leave)
        resolve({ outcome, text: stream.text })
      }
      const leave = (): void => {
        close()
        end(stream.closed())
      }
      if (signal.aborted) return resolve({ outcome: stream.closed(), text: '' })
      signal.addEventListener('abort', leave, { once: true })
      const close = connections.post(
        { path: `${this.#path}/chat/completions`, headers: this.#headers, body },
        {
          head: (code) => {
            status = code
          },
          data: (bytes) => {
            if (status === 200) stream.push(bytes)
            else if (refusal.length < 65_536) refusal += bytes.toString()
          },
          end: () => end(stream.outcome(status === 200 ? undefined : refusalOf(status, refusal))),
          fail: (error) => end(stream.outcome(errorOf(error))),
        },
      )
    })
  }
}

interface Answer {
  readonly outcome: Outcome
  readonly text: string
}

class OpenaiConversation implements TargetConversation {
  readonly #complete: (messages: readonly Message[], ask: Ask) => Promise<Answer>
  readonly #messages: Message[]

  constructor(
    complete: (messages: readonly Message[], ask: Ask) => Promise<Answer>,
    systemPrompt: string | undefined,
  ) {
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
    // As in the API: a stopped answer counts as said, text of a failed one is never given back to the model.
    if (outcome.reason !== 'error' && text !== '') this.#messages.push({ role: 'assistant', content: text })
    return outcome
  }
}
