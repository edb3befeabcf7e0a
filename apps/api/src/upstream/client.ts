import { omitUndefined } from '@slicechat/contract'
import { type ModelCard, readModels, type StreamOptions } from '@slicechat/model-server'
import OpenAI from 'openai'
import type { Params, PromptMessage } from '../input.ts'
import { CodedError } from '../errors.ts'
import type { Logger } from '../logger.ts'
import { type Attempt, Attempts } from './attempts.ts'
import { type Completion, readCompletion } from './completion.ts'
import { toCodedError } from './error-map.ts'
import { bodyOf, createFetch, type NodeFetch } from './fetch.ts'
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

/** Sampling parameters by vLLM's names. Undefined ones are left out of the JSON, so that the server's defaults apply. */
function sampling({
  temperature,
  topP,
  maxTokens,
  minTokens,
  seed,
  stop,
}: Params): Partial<OpenAI.ChatCompletionCreateParams> {
  const body = { temperature, top_p: topP, max_tokens: maxTokens, min_tokens: minTokens, seed, stop }
  return body as Partial<OpenAI.ChatCompletionCreateParams>
}

/** Client of one model server. No other part of the API talks to it. */
export class UpstreamClient {
  readonly #options: ClientOptions
  readonly #health: UpstreamHealth
  readonly #net: NodeFetch
  readonly #openai: OpenAI
  readonly #attempts: Attempts

  constructor(options: ClientOptions, health: UpstreamHealth, log: Logger) {
    this.#options = options
    this.#health = health
    this.#attempts = new Attempts(options.maxRetries, health, log)
    this.#net = createFetch(options.connectTimeoutMs)
    this.#openai = new OpenAI({
      baseURL: options.url,
      apiKey: options.apiKey ?? 'none',
      fetch: this.#net.fetch,
      // The API retries by itself, because its policy also covers refusals that arrive as events of a 200 stream.
      maxRetries: 0,
      timeout: options.firstTokenTimeoutMs,
      logLevel: 'off',
    })
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
      const send = (init: RequestInit): Promise<Response> =>
        this.#net.fetch(`${this.#options.url}${request.path}`, {
          ...init,
          headers: {
            'content-type': 'application/json',
            authorization: `Bearer ${this.#options.apiKey ?? 'none'}`,
            'x-request-id': requestId,
          },
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
    const response = await this.#openai.chat.completions
      .create(
        {
          model,
          messages: messages as OpenAI.ChatCompletionMessageParam[],
          stream: true,
          ...omitUndefined({ stream_options: options }),
          ...sampling(params),
        },
        { signal, headers: { 'x-request-id': requestId } },
      )
      .asResponse()
    if (!isSuccess(response)) throw await refusal(response)
    const contentType = response.headers.get('content-type')
    return readCompletion(bodyOf(response), sink, { ...this.#options, sentAt, contentType })
  }

  /**
   * Requests the models that the server lists.
   * @param needed whether a server without a list counts as failing; it does not if a model is configured
   * @throws {CodedError}
   */
  async models(needed: boolean): Promise<ModelCard[]> {
    try {
      const response = await this.#openai.get('/models', { timeout: 10_000 }).asResponse()
      if (!isSuccess(response)) throw (await refusal(response)).coded
      const cards = readModels(await response.json().catch(() => null))
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
      const response = await this.#net.fetch(new URL('../tokenize', `${this.#options.url}/`), {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          authorization: `Bearer ${this.#options.apiKey ?? 'none'}`,
        },
        body: JSON.stringify({ model, messages }),
        signal: AbortSignal.any([signal, AbortSignal.timeout(5_000)]),
      })
      const body = (await response.json()) as { count?: unknown }
      return isSuccess(response) && typeof body.count === 'number' ? body.count : null
    } catch {
      return null
    }
  }

  close(): Promise<void> {
    return this.#net.close()
  }
}
