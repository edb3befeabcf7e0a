import type { AddressInfo } from 'node:net'
import { limits } from '@slicechat/contract'
import { createChatMetrics, type ChatMetrics } from '@slicechat/metrics'
import packageJson from '../package.json' with { type: 'json' }
import { ApiKeys } from './access/api-keys.ts'
import { OriginPolicy } from './access/origin-policy.ts'
import { Conversations } from './conversations/conversations.ts'
import { Revisions } from './conversations/revisions.ts'
import type { Config } from './env.ts'
import { Admission } from './generations/admission.ts'
import { Generations } from './generations/generations.ts'
import { StatelessGenerations } from './generations/stateless-generations.ts'
import { createMetricsServer } from './http/metrics-server.ts'
import { createServer } from './http/server.ts'
import { acceptUpgrades } from './http/upgrade.ts'
import type { Logger } from './logger.ts'
import { Runs } from './runs/runs.ts'
import { ConversationStore } from './store/conversations.ts'
import { openDatabase } from './store/database.ts'
import { GenerationStore } from './store/generations.ts'
import { RunStore } from './store/runs.ts'
import { UpstreamHealth } from './upstream/health.ts'
import { Models } from './upstream/models.ts'
import { Upstream } from './upstream/upstream.ts'

/** Interval between checks of whether the model server answers. */
const probeEveryMs = 10_000

export interface Api {
  /** `http://host:port`, with the port that the API really listens on. */
  url: string
  metricsUrl: string
  metrics: ChatMetrics
  /** Stops in order: reports unready, refuses new answers, lets running ones end, closes sockets and stores. */
  drain: () => Promise<void>
}

/** Assembles the API and listens. @throws when a port is taken or the store cannot be opened */
export async function startApi(config: Config, log: Logger): Promise<Api> {
  const database = await openDatabase(config.DATA_DIR, {
    // Another API with the same settings needs at most this long to stop.
    ms: config.DRAIN_TIMEOUT_S * 1000,
    onWait: ({ message }) => log.warn(`${message} Waiting up to ${config.DRAIN_TIMEOUT_S} s for it to stop.`),
  })
  const generationStore = new GenerationStore(database)
  const startedAt = new Date()

  const metrics = createChatMetrics()
  const health = new UpstreamHealth((reachable) => {
    metrics.upstreamUp(reachable)
    if (!reachable) log.warn({ upstream: config.VLLM_URL }, 'the model server does not answer')
  })
  const upstream = new Upstream(
    {
      url: config.VLLM_URL,
      apiKey: config.VLLM_API_KEY,
      connectTimeoutMs: config.CONNECT_TIMEOUT_S * 1000,
      firstTokenTimeoutMs: config.FIRST_TOKEN_TIMEOUT_S * 1000,
      stallTimeoutMs: config.STALL_TIMEOUT_S * 1000,
      maxRetries: config.UPSTREAM_RETRIES,
    },
    health,
    log,
  )
  const models = new Models(upstream, config.MODEL, (ids) => metrics.setModels(ids))
  const admission = new Admission(
    {
      maxActive: config.MAX_ACTIVE_GENERATIONS,
      maxQueued: config.MAX_QUEUED,
      queueTimeoutMs: config.QUEUE_TIMEOUT_S * 1000,
    },
    (active, queued) => {
      metrics.active.set(active)
      metrics.queued.set(queued)
    },
  )
  const generations = new Generations({
    admission,
    models,
    upstream,
    metrics,
    log,
    store: generationStore,
    orphanTimeoutMs: config.ORPHAN_TIMEOUT_S * 1000,
  })
  const conversationStore = new ConversationStore(database)
  const revisions = new Revisions()
  const runStore = new RunStore(database)
  const services = {
    version: packageJson.version,
    limits: {
      maxActive: config.MAX_ACTIVE_GENERATIONS,
      maxQueued: config.MAX_QUEUED,
      queueTimeoutS: config.QUEUE_TIMEOUT_S,
      messageChars: limits.messageChars,
    },
    metrics,
    health,
    models,
    admission,
    generations,
    conversationStore,
    generationStore,
    revisions,
    runStore,
    statelessGenerations: new StatelessGenerations(generationStore, generations),
    conversations: new Conversations(conversationStore, generationStore, generations, revisions),
    runs: new Runs(runStore),
  }

  const keys = new ApiKeys(config.API_KEYS)
  const originPolicy = new OriginPolicy(config.ALLOWED_ORIGINS, config.HOST)
  const server = createServer(services, keys, log, originPolicy)
  const upgrades = acceptUpgrades(server.server, { services, keys, log, originPolicy })
  const metricsServer = createMetricsServer(metrics)
  try {
    await server.listen({ host: config.HOST, port: config.PORT })
    await metricsServer.listen({ host: config.HOST, port: config.METRICS_PORT })
    // Only after both ports are taken: a second API that is started by mistake must not touch the first one's answers.
    const interrupted = await generationStore.interruptRunning(startedAt)
    if (interrupted > 0) log.warn({ interrupted }, 'answers were running when the API ended last')
  } catch (error) {
    await Promise.all([generations.drain(0), server.close(), metricsServer.close(), upstream.close()])
    await database.destroy()
    throw error
  }

  const probe = (): void => void models.refresh().catch(() => {})
  probe()
  const probing = setInterval(probe, probeEveryMs)

  return {
    url: urlOf(server.server.address() as AddressInfo),
    metricsUrl: urlOf(metricsServer.server.address() as AddressInfo),
    metrics,
    drain: async () => {
      clearInterval(probing)
      await generations.drain(config.DRAIN_TIMEOUT_S * 1000)
      upgrades.retire()
      // Gives readers time to receive the last events before their sockets close.
      await new Promise((resolve) => setTimeout(resolve, 100))
      upgrades.close()
      server.server.closeAllConnections()
      await server.close()
      await upstream.close()
      await database.destroy()
      await metricsServer.close()
    },
  }
}

function urlOf({ address, family, port }: AddressInfo): string {
  return `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`
}
