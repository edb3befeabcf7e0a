import { setTimeout as sleep } from 'node:timers/promises'
import { type ApiErrorCode, omitUndefined } from '@slicechat/contract'
import {
  type ModelCard,
  OptionalFields,
  readErrorBody,
  readModels,
  type StreamOptions,
} from '@slicechat/model-server'
import OpenAI from 'openai'
import type { Params, PromptMessage } from '../input.ts'
import { CodedError } from '../errors.ts'
import type { Logger } from '../logger.ts'
import { type Completion, CompletionError, readCompletion } from './completion.ts'
import { fromServerError, toCodedError } from './error-map.ts'
import { bodyOf, createFetch, type NodeFetch } from './fetch.ts'
import type { UpstreamHealth } from './health.ts'
import type { CompletionRequest, UpstreamSink } from './upstream.ts'

/** A model server, and how long its client waits for it. */
export interface ClientOptions {
  /** Base URL of the OpenAI-compatible API, such as `http://host:8000/v1`. */
  url: string
  apiKey: string | undefined
  connectTimeoutMs: number
  firstTokenTimeoutMs: number
  stallTimeoutMs: number
  /** Further attempts after a failure before the first token. */
  maxRetries: number
}

const RETRIED_CODES: ReadonlySet<ApiErrorCode> = new Set([
  'UPSTREAM_UNREACHABLE',
  'UPSTREAM_BUSY',
  'UPSTREAM_BROKE_OFF',
  'RATE_LIMITED',
])

/** Longest wait before a retry; if the server asks for a longer one, the answer fails instead. */
const MAX_WAIT_MS = 10_000

/** Wait before a retry: half a second, doubled each time, with jitter so that many requests do not return together. */
function backoffMs(attempt: number, error: CodedError): number {
  return Math.max(error.details.retryAfterMs ?? 0, 500 * 2 ** attempt * (0.5 + Math.random() / 2))
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

/** The error in a response whose status is no success. */
async function refusal(response: Response): Promise<CompletionError> {
  const said = readErrorBody(await response.text().catch(() => ''), response.status)
  return new CompletionError(fromServerError(said, response.headers), false, said)
}

const isSuccess = ({ status }: Response): boolean => status >= 200 && status < 300

/** Client of one model server. No other part of the API talks to it. */
export class UpstreamClient {
  readonly #options: ClientOptions
  readonly #health: UpstreamHealth
  readonly #log: Logger
  readonly #net: NodeFetch
  readonly #openai: OpenAI
  readonly #fields = new OptionalFields()

  constructor(options: ClientOptions, health: UpstreamHealth, log: Logger) {
    this.#options = options
    this.#health = health
    this.#log = log
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
   * Streams one answer into `sink`. Failures before the first token are retried, later ones never. If the server refuses
   * a field that only serves to count tokens, the request is repeated without the field.
   * @throws {CodedError} with the reason; also when `signal` fires (the caller knows why)
   */
  async complete(request: CompletionRequest, sink: UpstreamSink, signal: AbortSignal): Promise<Completion> {
    for (let [attempt, sent] = [0, 0]; ; sent++) {
      const options = this.#fields.streamOptions(request.model)
      try {
        const completion = await this.#attempt(request, sent, options, sink, signal)
        this.#health.succeeded()
        return completion
      } catch (error) {
        if (signal.aborted) throw error
        const failure = error instanceof CompletionError ? error : undefined
        const coded = failure?.coded ?? toCodedError(error)
        if (failure?.begun !== true) {
          const { said } = failure ?? {}
          if (said !== undefined && this.#fields.refused(request.model, said, options)) {
            this.#log.info(
              { requestId: request.requestId, refused: options },
              'asking without stream options',
            )
            continue
          }
        }
        if (coded.code === 'EMPTY') this.#health.succeeded()
        else this.#health.failed(coded)
        const again =
          failure?.begun !== true &&
          attempt < this.#options.maxRetries &&
          RETRIED_CODES.has(coded.code) &&
          !this.#health.open
        if (!again) throw coded
        const waitMs = backoffMs(attempt, coded)
        if (waitMs > MAX_WAIT_MS) throw coded
        this.#log.warn(
          { requestId: request.requestId, code: coded.code, attempt, waitMs },
          'retrying upstream',
        )
        await sleep(waitMs, undefined, { signal })
        attempt++
      }
    }
  }

  /** @param sent number of requests that were already sent for this answer */
  async #attempt(
    { requestId, model, messages, params }: CompletionRequest,
    sent: number,
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
        // vLLM refuses a second request with the id of one that is still running.
        { signal, headers: { 'x-request-id': sent === 0 ? requestId : `${requestId}-${sent}` } },
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
