import type { AddressInfo } from 'node:net'
import { createChatMetrics, type ChatMetrics } from '@slicechat/metrics'
import { Access } from './access/access.ts'
import { ApiKeys } from './access/api-keys.ts'
import { Budgets } from './access/budgets/budgets.ts'
import { storedRecords } from './access/budgets/stored-records.ts'
import { ClientAddresses } from './access/client-address.ts'
import { Connections } from './access/connections.ts'
import { OriginPolicy } from './access/origin-policy.ts'
import { createAccounts, firstAdminLink } from './accounts/create-accounts.ts'
import { Revisions } from './conversations/revisions.ts'
import { DoorAnswers } from './door/answers.ts'
import type { Config } from './env.ts'
import { Admission } from './generations/admission.ts'
import { Generations } from './generations/generations.ts'
import { addAuthRoutes } from './http/auth-routes.ts'
import { createMetricsServer } from './http/metrics-server.ts'
import { createServer, type Route } from './http/server.ts'
import { acceptUpgrades } from './http/upgrade.ts'
import type { Logger } from './logger.ts'
import { patienceOf } from './patience.ts'
import { startRetention } from './retention-timer.ts'
import { createServices } from './services.ts'
import { BudgetStore } from './store/budgets.ts'
import { ConversationStore } from './store/conversations.ts'
import { refuseUnfinishedCopy } from './store/copy/copy.ts'
import { EMBEDDED_INSTANCE, openDatabase } from './store/database.ts'
import { GenerationStore } from './store/generations.ts'
import type { StoreInUse } from './store/lock.ts'
import { RunStore } from './store/runs.ts'
import { UsageStore } from './store/usage.ts'
import { fillSearchIndex } from './store/search/fill.ts'
import { SearchIndexer } from './store/search/indexer.ts'
import { createModelServer } from './upstream/model-server.ts'

/** Interval between checks of whether the model server answers. */
const PROBE_EVERY_MS = 10_000

/** A running API. */
export interface Api {
  /** `http://host:port`, with the port that the API really listens on. */
  url: string
  metricsUrl: string
  metrics: ChatMetrics
  /** Every route of the HTTP server. */
  routes: readonly Route[]
  /** The link that makes the first admin, as long as there is none. */
  firstAdminLink: string | undefined
  /** Stops in order: reports unready, refuses new answers, lets running ones end, closes sockets and stores. */
  drain: () => Promise<void>
}

/**
 * Assembles the API and listens.
 * @param onTaken called when another API has taken the store after an outage, so that this one must stop
 * @throws when a port is taken or the store cannot be opened
 */
export async function startApi(
  config: Config,
  log: Logger,
  onTaken: (by: StoreInUse) => void = () => undefined,
): Promise<Api> {
  let usable = true
  const database = await openDatabase(config, {
    patience: patienceOf(config, log),
    onUsable: (now) => {
      usable = now
      if (now) log.info('the database is back')
      else log.error('the connection to the database is lost; answers go on, and are stored when it is back')
    },
    onTaken: (by) => {
      log.error(by.message)
      onTaken(by)
    },
  })
  await refuseUnfinishedCopy(database)
  const indexer = new SearchIndexer(database, (error) =>
    log.error({ err: error }, 'could not index for search'),
  )
  await fillSearchIndex(indexer, log)
  const generationStore = new GenerationStore(database, EMBEDDED_INSTANCE)
  const startedAt = new Date()

  const metrics = createChatMetrics()
  const upstream = createModelServer(
    {
      url: config.VLLM_URL,
      apiKey: config.VLLM_API_KEY,
      connectTimeoutMs: config.CONNECT_TIMEOUT_S * 1000,
      firstTokenTimeoutMs: config.FIRST_TOKEN_TIMEOUT_S * 1000,
      stallTimeoutMs: config.STALL_TIMEOUT_S * 1000,
      answerTimeoutMs: config.ANSWER_TIMEOUT_S * 1000,
      maxRetries: config.UPSTREAM_RETRIES,
      model: config.MODEL,
      onModels: (ids) => metrics.setModels(ids),
      onReachable: (reachable) => {
        metrics.upstreamUp(reachable)
        if (!reachable) log.warn({ upstream: config.VLLM_URL }, 'the model server does not answer')
      },
    },
    log,
  )
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
  const usage = new UsageStore(database)
  const budgets = new Budgets(
    {
      answersAtOnce: config.BUDGET_ANSWERS_AT_ONCE,
      requestsPerMinute: config.BUDGET_REQUESTS_PER_MINUTE,
      tokensPerDay: config.BUDGET_TOKENS_PER_DAY,
    },
    storedRecords(new BudgetStore(database), usage),
  )
  const generations = new Generations({
    admission,
    budgets,
    upstream,
    metrics,
    log,
    store: generationStore,
    orphanTimeoutMs: config.ORPHAN_TIMEOUT_S * 1000,
  })
  const revisions = new Revisions()
  const connections = new Connections(config.MAX_CONNECTIONS_PER_OWNER)
  const answers = new DoorAnswers({
    ...{ admission, budgets, upstream, metrics, usage, log },
    orphanTimeoutMs: config.ORPHAN_TIMEOUT_S * 1000,
  })
  const doors = [generations, answers]
  const accounts = await createAccounts(config, { database, connections, doors, budgets, usage, log })
  const servicesOf = createServices({
    limits: {
      maxActive: config.MAX_ACTIVE_GENERATIONS,
      maxQueued: config.MAX_QUEUED,
      queueTimeoutS: config.QUEUE_TIMEOUT_S,
    },
    metrics,
    upstream,
    admission,
    budgets,
    generations,
    conversationStore: new ConversationStore(database),
    generationStore,
    runStore: new RunStore(database),
    storeIsUsable: () => usable,
    revisions,
    accounts: accounts.parts,
  })

  const { signIn, visitors } = accounts
  const origins = signIn === undefined ? [] : [new URL(signIn.publicUrl).origin]
  const originPolicy = new OriginPolicy([...config.ALLOWED_ORIGINS, ...origins], config.HOST)
  const access = new Access(
    new ApiKeys(config.API_KEYS),
    originPolicy,
    signIn && {
      session: (headers) => signIn.sessions.principal(headers),
      key: (key) => signIn.keys.principal(key),
    },
  )
  const addresses = new ClientAddresses(config.TRUSTED_PROXIES)
  const entrance = { access, servicesOf, visitors, connections, addresses }
  const door = { access, connections, answers, upstream, log }
  const { server, routes } = createServer(entrance, door, log, () => generations.draining)
  addAuthRoutes(server, { accounts, connections, originPolicy, addresses })
  const upgrades = acceptUpgrades(server.server, entrance, log)
  const metricsServer = createMetricsServer(metrics)
  let firstAdmin: string | undefined
  try {
    await server.listen({ host: config.HOST, port: config.PORT })
    await metricsServer.listen({ host: config.HOST, port: config.METRICS_PORT })
    // Only after both ports are taken: a second API that is started by mistake must not touch the first one's answers.
    const interrupted = await generationStore.interruptRunning(startedAt)
    firstAdmin = await firstAdminLink(accounts)
    if (interrupted > 0) log.warn({ interrupted }, 'answers were running when the API ended last')
  } catch (error) {
    connections.close()
    await Promise.all([
      generations.drain(0),
      server.close(),
      metricsServer.close(),
      upstream.close(),
      accounts.close(),
    ])
    await database.destroy()
    throw error
  }

  const probe = (): void => void upstream.probe().catch(() => {})
  probe()
  const probing = setInterval(probe, PROBE_EVERY_MS)
  indexer.start()
  const retention = startRetention(
    database,
    {
      conversationDays: config.RETENTION_DAYS,
      runDays: config.RETENTION_RUNS_DAYS,
      onConversation: (owner) => {
        metrics.retentionRemoved('conversation')
        revisions.next(owner)
      },
      onRun: () => metrics.retentionRemoved('run'),
    },
    log,
  )

  return {
    url: urlOf(server.server.address() as AddressInfo),
    metricsUrl: urlOf(metricsServer.server.address() as AddressInfo),
    metrics,
    routes,
    firstAdminLink: firstAdmin,
    drain: async () => {
      clearInterval(probing)
      const graceMs = config.DRAIN_TIMEOUT_S * 1000
      await Promise.all([generations.drain(graceMs), answers.drain(graceMs)])
      upgrades.retire()
      // Gives readers time to receive the last events before their sockets close.
      await new Promise((resolve) => setTimeout(resolve, 100))
      upgrades.close()
      server.server.closeAllConnections()
      await server.close()
      await upstream.close()
      connections.close()
      await accounts.close()
      await Promise.all([indexer.close(), retention.close()])
      await database.destroy()
      await metricsServer.close()
    },
  }
}

function urlOf({ address, family, port }: AddressInfo): string {
  return `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`
}
