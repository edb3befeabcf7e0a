import { timingSafeEqual } from 'node:crypto'
import { CHAT_ENDPOINT } from '../completions/chat-endpoint.ts'
import type { CompletionHandler } from '../completions/completion-handler.ts'
import { TEXT_ENDPOINT } from '../completions/text-endpoint.ts'
import type { Registry } from '../metrics/registry.ts'
import type { SimulatorContext } from '../simulator-context.ts'
import { handleFaults } from './control.ts'
import type { Exchange } from '../http/exchange.ts'
import { unsupportedMediaType } from '../http/http-error.ts'
import { modelList } from './model-list.ts'
import { handleTokenize } from './tokenize-route.ts'

/** The version of vLLM whose HTTP API the simulator imitates. */
const VLLM_VERSION = '0.32.0'

interface Route {
  readonly methods: readonly string[]
  /** Whether the `http_*` metrics count it; vLLM leaves out its probes. */
  readonly counted: boolean
  readonly handle: (exchange: Exchange) => void | Promise<void>
}

/** The routes by path. */
export function createRoutes(
  context: SimulatorContext,
  completions: CompletionHandler,
  registry: Registry,
): ReadonlyMap<string, Route> {
  const health = (exchange: Exchange) => exchange.empty(context.faults.has('engine-dead') ? 503 : 200)
  const metricsType = 'text/plain; version=1.0.0; charset=utf-8'
  const withText = (handle: (exchange: Exchange, body: string) => void) => (exchange: Exchange) =>
    withBody(exchange, handle)
  const withJson = (handle: (exchange: Exchange, body: string) => void) =>
    withText((exchange, body) => {
      const type = exchange.request.headers['content-type'] ?? ''
      if (type.split(';', 1)[0]?.trim().toLowerCase() !== 'application/json') throw unsupportedMediaType()
      handle(exchange, body)
    })
  return new Map<string, Route>([
    ['/health', { methods: ['GET'], counted: false, handle: health }],
    ['/ping', { methods: ['GET', 'POST'], counted: false, handle: health }],
    ['/version', { methods: ['GET'], counted: false, handle: (e) => e.json(200, { version: VLLM_VERSION }) }],
    ['/load', { methods: ['GET'], counted: false, handle: (e) => e.json(200, { server_load: 0 }) }],
    [
      '/metrics',
      { methods: ['GET', 'HEAD'], counted: false, handle: (e) => e.text(200, registry.print(), metricsType) },
    ],
    ['/v1/models', { methods: ['GET'], counted: true, handle: (e) => e.json(200, modelList(context)) }],
    [
      '/tokenize',
      { methods: ['POST'], counted: true, handle: withJson((e, b) => handleTokenize(context, e, b)) },
    ],
    [
      '/v1/chat/completions',
      {
        methods: ['POST'],
        counted: true,
        handle: withJson((e, b) => completions.handle(CHAT_ENDPOINT, e, b)),
      },
    ],
    [
      '/v1/completions',
      {
        methods: ['POST'],
        counted: true,
        handle: withJson((e, b) => completions.handle(TEXT_ENDPOINT, e, b)),
      },
    ],
    [
      '/sim/faults',
      {
        methods: ['GET', 'POST', 'DELETE'],
        counted: false,
        handle: withText((e, b) => handleFaults(context, e, b)),
      },
    ],
  ])
}

/** Whether a request is authorized. If keys are set, everything under `/v1` needs one. */
export function isAuthorized(exchange: Exchange, keys: readonly string[]): boolean {
  if (keys.length === 0 || !exchange.path.startsWith('/v1') || exchange.method === 'OPTIONS') return true
  const given = Buffer.from(exchange.request.headers.authorization ?? '')
  return keys.some((key) => {
    const expected = Buffer.from(`Bearer ${key}`)
    return given.length === expected.length && timingSafeEqual(given, expected)
  })
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

async function withBody(
  exchange: Exchange,
  handle: (exchange: Exchange, body: string) => void,
): Promise<void> {
  const bytes = await exchange.body()
  if (bytes === undefined) return exchange.destroy()
  let text: string
  try {
    text = utf8.decode(bytes)
  } catch {
    return exchange.json(400, { detail: 'There was an error parsing the body' })
  }
  handle(exchange, text)
}
