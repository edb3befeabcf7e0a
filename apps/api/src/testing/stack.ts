import { type ChatClientOptions, type ChatClient, createChatClient } from '@slicechat/client'
import { type Exposition, parseExposition } from '@slicechat/metrics/reading'
import { type Simulator, type SimulatorOptions, startSimulator } from '@slicechat/simulator'
import { pino } from 'pino'
import { type Api, startApi } from '../api.ts'
import { readConfig } from '../env.ts'
import { type SuiteStore, suiteStore } from './suite-store.ts'

export interface StackOptions {
  simulator?: Partial<SimulatorOptions>
  /** Environment of the API; it overrides the defaults of `environment`. */
  env?: Record<string, string>
  /** Upstream to use in place of the simulator. */
  upstreamUrl?: string
}

/** A simulator and an API in front of it, with helpers for tests. It ends with its `await using` block. */
export class Stack implements AsyncDisposable {
  readonly simulator: Simulator
  readonly api: Api
  /** The log lines of the API, parsed. */
  readonly logs: Record<string, unknown>[]
  readonly #clients: ChatClient[] = []
  readonly #store: SuiteStore
  #drained = false

  constructor(simulator: Simulator, api: Api, logs: Record<string, unknown>[], store: SuiteStore) {
    this.#store = store
    this.simulator = simulator
    this.api = api
    this.logs = logs
  }

  get port(): number {
    return Number(new URL(this.api.url).port)
  }

  client(options: Partial<ChatClientOptions> = {}): ChatClient {
    const client = createChatClient({ url: this.api.url, ...options })
    this.#clients.push(client)
    return client
  }

  async metrics(): Promise<Metrics> {
    const response = await fetch(`${this.api.metricsUrl}/metrics`)
    return new Metrics(await response.text())
  }

  /** The simulator's metrics. */
  upstreamMetrics(): Metrics {
    return new Metrics(this.simulator.metricsText())
  }

  async drain(): Promise<void> {
    if (this.#drained) return
    this.#drained = true
    await this.api.drain()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const client of this.#clients) client.close()
    await this.drain()
    await this.#store[Symbol.asyncDispose]()
    await this.simulator.close()
  }
}

export async function startStack({
  simulator = {},
  env = {},
  upstreamUrl,
}: StackOptions = {}): Promise<Stack> {
  const upstream = await startSimulator({ port: 0, ttftMs: 2, itlMs: 1, ...simulator })
  const logs: Record<string, unknown>[] = []
  const log = pino({ base: null, level: 'debug' }, { write: (line) => logs.push(JSON.parse(line) as never) })
  const store = await suiteStore(env)
  const config = readConfig(environment(upstreamUrl ?? `${upstream.url}/v1`, { ...store.env, ...env }))
  return new Stack(upstream, await startApi(config, log), logs, store)
}

/** An environment for tests: free ports, nothing on disk, no drain time and no retries. */
export function environment(vllmUrl: string, over: Record<string, string> = {}): Record<string, string> {
  return {
    PORT: '0',
    METRICS_PORT: '0',
    DATA_DIR: ':memory:',
    VLLM_URL: vllmUrl,
    DRAIN_TIMEOUT_S: '0',
    UPSTREAM_RETRIES: '0',
    ...over,
  }
}

/** A parsed page of metrics. */
export class Metrics {
  declare private readonly brand: never
  readonly page: Exposition

  constructor(text: string) {
    this.page = parseExposition(text)
  }

  sum(name: string, labels: Record<string, string> = {}): number {
    return this.page.sum(name, labels) ?? 0
  }

  /** Finished generations by status, without statuses that are 0. */
  requests(): Record<string, number> {
    const statuses = ['success', 'error', 'cancelled', 'rejected']
    const counts = statuses.map((status) => [status, this.sum('chat_requests_total', { status })] as const)
    return Object.fromEntries(counts.filter(([, count]) => count > 0))
  }
}
