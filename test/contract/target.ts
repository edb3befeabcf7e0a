import { parseExposition, type Exposition } from '@slicechat/metrics/reading'
import type { Usage } from './stream-reading.ts'

/** A server under test: the simulator or a real vLLM. */
export interface Target {
  /** Base URL, without `/v1`. */
  readonly url: string
  readonly model: string
  readonly maxModelLen: number
  readonly apiKey: string | undefined
  /** Started with `--enable-per-request-metrics`. */
  readonly perRequestMetrics: boolean
  /** Started with `--enable-prompt-tokens-details`. */
  readonly promptTokensDetails: boolean
  /** Started with `--enable-request-id-headers`. */
  readonly requestIdHeaders: boolean
  /** Whether nobody else uses the server, so that its counters show this test's requests only. */
  readonly exclusive: boolean
  /** Tokens in a block of its prefix cache; `undefined` without a cache. */
  readonly cacheBlockTokens: number | undefined
  /** The flags of these names with which it was started, if known. */
  readonly limits: Limits | undefined
}

export interface Limits {
  readonly maxNumSeqs: number
  readonly maxNumQueuedReqs: number
  readonly maxNumQueuedTokens: number
}

/** Finds out the properties of a server on which the contract depends. */
export async function inspect(
  url: string,
  options: {
    model?: string | undefined
    apiKey?: string | undefined
    exclusive: boolean
    limits?: Limits | undefined
  },
): Promise<Target> {
  const root = url.replace(/\/v1\/?$/, '').replace(/\/$/, '')
  const { apiKey, exclusive } = options
  const headers = { ...authorization(apiKey), 'content-type': 'application/json' }
  const listed = await fetch(`${root}/v1/models`, { headers })
  const { data } = (await listed.json()) as { data: { id: string; max_model_len: number }[] }
  const card = data.find(({ id }) => options.model === undefined || id === options.model)
  if (card === undefined) throw new Error(`${root} does not serve ${options.model ?? 'any model'}`)
  const messages = [{ role: 'user', content: 'hi' }]
  const body = JSON.stringify({ model: card.id, messages, max_tokens: 1 })
  const answered = await fetch(`${root}/v1/chat/completions`, { method: 'POST', headers, body })
  const page = parseExposition(await (await fetch(`${root}/metrics`)).text())
  const [cache] = page.samples('vllm:cache_config_info', { enable_prefix_caching: 'True' })
  const { metrics, usage } = (await answered.json()) as { metrics: unknown; usage: Usage }
  return {
    url: root,
    model: card.id,
    maxModelLen: card.max_model_len,
    apiKey,
    perRequestMetrics: metrics !== null && metrics !== undefined,
    promptTokensDetails: (usage.prompt_tokens_details ?? null) !== null,
    requestIdHeaders: listed.headers.has('x-request-id'),
    exclusive,
    cacheBlockTokens: cache === undefined ? undefined : Number(cache.labels['block_size']),
    limits: options.limits,
  }
}

const authorization = (key: string | undefined) =>
  key === undefined ? {} : { authorization: `Bearer ${key}` }

/** Sends a request to the target; an object is sent as JSON. */
export function ask(
  target: Target,
  path: string,
  options: { method?: string; body?: unknown; headers?: Record<string, string>; signal?: AbortSignal } = {},
): Promise<Response> {
  const { body, headers, signal } = options
  const json = body === undefined ? {} : { 'content-type': 'application/json' }
  return fetch(target.url + path, {
    method: options.method ?? (body === undefined ? 'GET' : 'POST'),
    headers: { ...authorization(target.apiKey), ...json, ...headers },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    ...(signal === undefined ? {} : { signal }),
  })
}

/** Sends a chat request, deterministic unless `options` say otherwise. */
export function chat(
  target: Target,
  options: Readonly<Record<string, unknown>> = {},
  more: { headers?: Record<string, string>; signal?: AbortSignal } = {},
): Promise<Response> {
  const messages = [{ role: 'user', content: 'What is the capital of France? Answer in one sentence.' }]
  const body = { model: target.model, messages, temperature: 0, ...options }
  return ask(target, '/v1/chat/completions', { body, ...more })
}

export async function scrape(target: Target): Promise<Exposition> {
  return parseExposition(await (await ask(target, '/metrics')).text())
}

/** Scrapes again and again until `accept` holds; fails after half a minute. */
export async function scrapeUntil(
  target: Target,
  accept: (page: Exposition) => boolean,
): Promise<Exposition> {
  const giveUp = Date.now() + 30_000
  for (;;) {
    const page = await scrape(target)
    if (accept(page)) return page
    if (Date.now() > giveUp)
      throw new Error(`the metrics never came to what was expected:\n${accept.toString()}`)
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}
