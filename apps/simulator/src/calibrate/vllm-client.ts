import { Agent as PlainAgent, request as plainRequest, type IncomingMessage } from 'node:http'
import { Agent as SecureAgent, request as secureRequest } from 'node:https'
import { readAnswer, type Answer } from './answer.ts'

/** Thrown when a server cannot be calibrated; the message says why, in a sentence. */
export class CalibrationError extends Error {}

/** Silence after which a server is given up, in milliseconds. */
const TIMEOUT_MS = 120_000

/** One request: it asks for exactly `outputTokens` tokens on a prompt that no cache knows. */
export interface CompletionRequest {
  readonly prompt: string
  readonly outputTokens: number
  readonly salt: string
}

interface TimedResponse {
  readonly status: number
  readonly sentMs: number
  /** The pieces of the response, with their arrival times on the monotonic clock. */
  readonly pieces: readonly { readonly atMs: number; readonly text: string }[]
}

/**
 * Client of a real vLLM server, whose OpenAI-compatible API is at `url`, with or without `/v1`. Connections are
 * reused.
 */
export class VllmClient {
  readonly #root: string
  readonly #headers: Readonly<Record<string, string>>
  readonly #agent: PlainAgent
  readonly #secure: boolean
  #model = ''

  constructor(url: URL, apiKey: string | undefined) {
    this.#root = url.href.replace(/\/$/, '').replace(/\/v1$/, '')
    this.#headers = apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` }
    this.#secure = url.protocol === 'https:'
    this.#agent = new (this.#secure ? SecureAgent : PlainAgent)({ keepAlive: true })
  }

  /**
   * Finds the model.
   * @param modelId the model's id; by default the server's only model
   * @returns the id, and the longest context that the server takes
   * @throws CalibrationError if there is no such server or model
   */
  async findModel(modelId: string | undefined): Promise<{ model: string; maxModelLen: number | undefined }> {
    const { status, pieces } = await this.#exchange('/v1/models')
    const body = textOf(pieces)
    if (status !== 200)
      throw new CalibrationError(`${this.#root}/v1/models answered ${status}: ${excerpt(body)}`)
    const cards = modelsIn(body)
    if (cards === undefined) throw new CalibrationError(`${this.#root}/v1/models is no list of models`)
    const ids = cards.map(({ id }) => id).join(', ')
    const [card] = modelId === undefined ? cards : cards.filter(({ id }) => id === modelId)
    if (card === undefined)
      throw new CalibrationError(`${this.#root} does not serve ${modelId ?? 'any model'}; it serves: ${ids}`)
    if (modelId === undefined && cards.length > 1)
      throw new CalibrationError(`${this.#root} serves several models; --model chooses one of: ${ids}`)
    this.#model = card.id
    return { model: card.id, maxModelLen: card.max_model_len }
  }

  /** Tokens that the server's KV cache holds, from its metrics; undefined if they do not tell. */
  async cacheTokens(): Promise<number | undefined> {
    const { status, pieces } = await this.#exchange('/metrics').catch(() => ({ status: 0, pieces: [] }))
    if (status !== 200) return undefined
    const line = /^vllm:cache_config_info\{(.*)\}/m.exec(textOf(pieces))?.[1] ?? ''
    const label = (name: string) => Number(new RegExp(`(?:^|,)${name}="(\\d+)"`).exec(line)?.[1])
    const tokens = label('num_gpu_blocks') * label('block_size')
    return tokens > 0 ? tokens : undefined
  }

  /** Sends a request and reads the answer to its end. @throws CalibrationError if the answer is not the one asked for */
  async complete({ prompt, outputTokens, salt }: CompletionRequest): Promise<Answer> {
    const { status, sentMs, pieces } = await this.#exchange('/v1/chat/completions', {
      model: this.#model,
      messages: [{ role: 'user', content: prompt }],
      temperature: 0,
      stream: true,
      stream_options: { include_usage: true, continuous_usage_stats: true },
      // These give an answer of exact length, even if the model would end it earlier.
      max_tokens: outputTokens,
      min_tokens: outputTokens,
      ignore_eos: true,
      cache_salt: salt,
    })
    if (status !== 200)
      throw new CalibrationError(`The server refused (${status}): ${excerpt(textOf(pieces))}`)
    const answer = readAnswer(sentMs, pieces)
    if (typeof answer === 'string') throw new CalibrationError(answer)
    if (answer.completionTokens !== outputTokens)
      throw new CalibrationError(
        `An answer has ${answer.completionTokens} tokens instead of ${outputTokens}: the context is too short, or the ` +
          'server does not know ignore_eos and min_tokens.',
      )
    return answer
  }

  close(): void {
    this.#agent.destroy()
  }

  #exchange(path: string, body?: unknown): Promise<TimedResponse> {
    const given =
      body === undefined
        ? { method: 'GET', headers: this.#headers }
        : { method: 'POST', headers: { ...this.#headers, 'content-type': 'application/json' } }
    const options = { ...given, agent: this.#agent, timeout: TIMEOUT_MS }
    return new Promise((resolve, reject) => {
      const send = this.#secure ? secureRequest : plainRequest
      const fail = (why: string) => reject(new CalibrationError(`${this.#root} ${why}`))
      const request = send(this.#root + path, options, (response: IncomingMessage) => {
        const pieces: { atMs: number; text: string }[] = []
        response.setEncoding('utf8')
        // Pieces are parsed only at the end, because parsing would delay the timestamps of other streams.
        response.on('data', (text: string) => pieces.push({ atMs: performance.now(), text }))
        response.on('end', () => resolve({ status: response.statusCode ?? 0, sentMs, pieces }))
        response.on('error', (error) => fail(`broke off: ${error.message}`))
      })
      request.on('timeout', () => {
        fail(`said nothing for ${TIMEOUT_MS / 1000} s`)
        request.destroy()
      })
      request.on('error', (error: NodeJS.ErrnoException) =>
        fail(`cannot be reached: ${error.message || (error.code ?? 'error')}`),
      )
      const sentMs = performance.now()
      request.end(body === undefined ? undefined : JSON.stringify(body))
    })
  }
}

interface ModelCard {
  readonly id: string
  readonly max_model_len?: number
}

function modelsIn(body: string): readonly ModelCard[] | undefined {
  try {
    const { data } = JSON.parse(body) as { data?: readonly ModelCard[] }
    return Array.isArray(data) ? data : undefined
  } catch {
    return undefined
  }
}

const textOf = (pieces: TimedResponse['pieces']) => pieces.map(({ text }) => text).join('')
const excerpt = (text: string) => (text.length > 300 ? `${text.slice(0, 300)}…` : text)
