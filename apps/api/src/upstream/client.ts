import { type ModelCard, readModels, type StreamOptions } from '@slicechat/model-server'
import type { Params, PromptMessage } from '../input.ts'
import { CodedError } from '../errors.ts'
import type { Logger } from '../logger.ts'
import { type Attempt, Attempts } from './attempts.ts'
import { type Completion, readCompletion } from './completion.ts'
import { toCodedError } from './error-map.ts'
import { HttpClient, type HttpResponse } from './http-client.ts'
import type { UpstreamHealth } from './health.ts'
import { isSuccess, refusal } from './refusal.ts'
import { relayAnswer } from './relay.ts'
import type { CompletionRequest, RelayRequest, UpstreamRelaySink, UpstreamSink } from './upstream.ts'

/** A model server, and how long its client waits for it. */
export interface ClientOptions {
  /** Base URL of the OpenAI-compatible API, such as `http://host:8000/v1`. */
  url: string
  apiKey: string | undefined
  connectTimeoutMs: number
  firstTokenTimeoutMs: number
  stallTimeoutMs: number
  /** Time for an answer that comes as a whole, without a stream. */
  answerTimeoutMs: number
  /** Further attempts after a failure before the first token. */
  maxRetries: number
}

/** Time for a list of models. */
const MODELS_TIMEOUT_MS = 10_000

/** Sampling parameters by vLLM's names. Undefined ones are left out of the JSON, so that the server's defaults apply. */
const sampling = ({ temperature, topP, maxTokens, minTokens, seed, stop }: Params) => ({
  temperature,
  top_p: topP,
  max_tokens: maxTokens,
  min_tokens: minTokens,
  seed,
  stop,
})

/** Client of one model server. No other part of the API talks to it. */
export class UpstreamClient {
  readonly #options: ClientOptions
  readonly #health: UpstreamHealth
  readonly #http: HttpClient
  readonly #authorization: string
  readonly #attempts: Attempts

  constructor(options: ClientOptions, health: UpstreamHealth, log: Logger) {
    this.#options = options
    this.#health = health
    this.#attempts = new Attempts(options.maxRetries, health, log)
    this.#http = new HttpClient(options.connectTimeoutMs)
    // A server without a key takes any.
    this.#authorization = `Bearer ${options.apiKey ?? 'none'}`
  }

  /**
   * Streams one answer into `sink`. Failures before the first token are retried, later ones never.
   * @throws {CodedError} with the reason; also when `signal` fires (the caller knows why)
   */
  complete(request: CompletionRequest, sink: UpstreamSink, signal: AbortSignal): Promise<Completion> {
    const ask: Attempt<Completion> = (requestId, options) =>
      this.#complete({ ...request, requestId }, options, sink, signal)
    return this.#attempts.run(request, ask, signal)
  }

  /** Passes one request and its answer through; see `Upstream.relay`. */
  relay(request: RelayRequest, sink: UpstreamRelaySink, signal: AbortSignal): Promise<void> {
    const ask: Attempt<void> = async (requestId, options) => {
      sink.sent()
      const send = (body: Buffer, signal: AbortSignal): Promise<HttpResponse> =>
        this.#http.request(this.#at(request.path), {
          method: 'POST',
          headers: this.#headers(requestId),
          body,
          signal,
        })
      await relayAnswer(send, { ...request, takesOptions: options !== undefined }, sink, {
        ...this.#options,
        signal,
      })
    }
    return this.#attempts.run(request, ask, signal)
  }

  async #complete(
    { requestId, model, messages, params }: CompletionRequest,
    options: StreamOptions | undefined,
    sink: UpstreamSink,
    signal: AbortSignal,
  ): Promise<Completion> {
    sink.sent()
    const sentAt = performance.now()
    const response = await this.#http.request(this.#at('/chat/completions'), {
      method: 'POST',
      headers: this.#headers(requestId),
      body: JSON.stringify({ model, messages, stream: true, stream_options: options, ...sampling(params) }),
      signal,
      headersTimeoutMs: this.#options.firstTokenTimeoutMs,
    })
    if (!isSuccess(response)) throw await refusal(response)
    const contentType = response.header('content-type')
    return readCompletion(response.body, sink, { ...this.#options, sentAt, contentType })
  }

  /**
   * Requests the models that the server lists.
   * @param needed whether a server without a list counts as failing; it does not if a model is configured
   * @throws {CodedError}
   */
  async models(needed: boolean): Promise<ModelCard[]> {
    try {
      const response = await this.#http.request(this.#at('/models'), {
        method: 'GET',
        headers: { authorization: this.#authorization },
        headersTimeoutMs: MODELS_TIMEOUT_MS,
      })
      if (!isSuccess(response)) throw (await refusal(response)).coded
      const cards = readModels(await readJson(response).catch(() => null))
      if (cards === undefined)
        throw new CodedError(
          'UPSTREAM_REJECTED',
          'The model server lists no models. Check VLLM_URL, or set MODEL.',
        )
      this.#health.succeeded()
      return cards
    } catch (error) {
      const coded = toCodedError(error)
      if (coded.code === 'UPSTREAM_REJECTED' && !needed) this.#health.answered()
      else this.#health.failed(coded)
      throw coded
    }
  }

  /**
   * Counts a prompt with vLLM's `/tokenize`, chat template included.
   * @returns `null` when the server has no such endpoint or does not answer
   */
  async countTokens(
    model: string,
    messages: readonly PromptMessage[],
    signal: AbortSignal,
  ): Promise<number | null> {
    try {
      const response = await this.#http.request(this.#at('/../tokenize'), {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: this.#authorization },
        body: JSON.stringify({ model, messages }),
        signal: AbortSignal.any([signal, AbortSignal.timeout(5_000)]),
      })
      const body = (await readJson(response)) as { count?: unknown }
      return isSuccess(response) && typeof body.count === 'number' ? body.count : null
    } catch {
      return null
    }
  }

  close(): Promise<void> {
    return this.#http.close()
  }

  #at(path: string): URL {
    return new URL(`${this.#options.url}${path}`)
  }

  #headers(requestId: string): Record<string, string> {
    return {
      'content-type': 'application/json',
      authorization: this.#authorization,
      'x-request-id': requestId,
    }
  }
}

const readJson = async (response: HttpResponse): Promise<unknown> => JSON.parse(await response.text())
