import type { IncomingMessage, ServerResponse } from 'node:http'
import { API_ERRORS, omitUndefined } from '@slicechat/contract'
import { requestIdOf, TurnQueue } from '@slicechat/server'
import type { TRPCError } from '@trpc/server'
import { nodeHTTPRequestHandler } from '@trpc/server/adapters/node-http'
import { fastify, type FastifyBaseLogger, type FastifyInstance, LogController } from 'fastify'
import { type DoorParts, mountDoor } from '../door/door.ts'
import { CodedError, OPERATOR_ERRORS } from '../errors.ts'
import { endTurn } from '../generations/end-of-turn.ts'
import type { Logger } from '../logger.ts'
import { MAX_BODY_BYTES } from '../request-body.ts'
import { appRouter } from '../router.ts'
import { type Context, toCoded } from '../trpc.ts'
import { contextOf, type Entrance, identify, registerConnection } from './context.ts'
import { handleMutation, isPlainMutation } from './mutation-handler.ts'

/** Time without traffic after which a socket counts as dead; streams carry pings more often. */
const IDLE_SOCKET_MS = 60_000

/** Logs errors of the API itself; errors of callers are in the access log. */
export function logInternal(log: Logger, path: string | undefined, error: unknown): void {
  const coded = toCoded(error)
  if (OPERATOR_ERRORS.has(coded.code)) log.error({ err: coded.cause, path }, 'internal error')
}

/** Paths that are asked every few seconds by what watches the API. */
const PROBES: ReadonlySet<string> = new Set(['/healthz', '/readyz', '/health'])

/** What the HTTP server answers to. */
export interface Route {
  method: string
  url: string
}

/**
 * The HTTP server of the API: tRPC, OpenAI's protocol and the health checks.
 * @param isDraining whether the API takes no new answers any more
 */
export function createServer(
  entrance: Entrance,
  door: DoorParts,
  log: Logger,
  isDraining: () => boolean,
): { server: FastifyInstance; routes: readonly Route[] } {
  const loggerInstance: FastifyBaseLogger = log
  const app = fastify({
    loggerInstance,
    logController: new LogController({ disableRequestLogging: true }),
    connectionTimeout: IDLE_SOCKET_MS,
    // Some clients offer an upgrade to HTTP/2 with their first request; it is ignored.
    http: { shouldUpgradeCallback: ({ headers }) => headers.upgrade?.toLowerCase() === 'websocket' },
    genReqId: ({ headers }) => requestIdOf(headers),
    routerOptions: { maxParamLength: 1_000 },
  })
  const routes: Route[] = []
  app.addHook('onRoute', ({ method, url }) => {
    for (const one of [method].flat()) routes.push({ method: one, url })
  })
  // tRPC reads the body itself, with its own limit.
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', (_request, _payload, done) => done(null))

  app.addHook('onRequest', (request, reply, done) => {
    reply.raw.setHeader('x-request-id', request.id)
    const start = performance.now()
    reply.raw.once('close', () => {
      const path = request.url.split('?', 1)[0]
      const ms = Math.round(performance.now() - start)
      // In the access log they would flood the rest.
      const level = PROBES.has(path ?? '') ? 'debug' : 'info'
      log[level](
        { requestId: request.id, method: request.method, path, status: reply.raw.statusCode, ms },
        'request',
      )
    })
    done()
  })
  app.setErrorHandler((error, request, reply) => {
    logInternal(log, request.url.split('?', 1)[0], error)
    const coded = toCoded(error)
    const { retryAfterMs } = coded.details
    if (retryAfterMs !== undefined) void reply.header('retry-after', Math.ceil(retryAfterMs / 1_000))
    return reply
      .status(API_ERRORS[coded.code].http)
      .send({ error: { ...coded.shape(), ...omitUndefined({ retryAfterMs }) } })
  })
  app.setNotFoundHandler((_request, reply) =>
    reply.status(404).send({ error: new CodedError('NOT_FOUND', 'There is nothing here.').shape() }),
  )

  app.get('/healthz', () => ({ status: 'ok' }))
  // Unready only while draining: when the upstream is down, this process can still serve and report that.
  // Programs that speak OpenAI ask for it under vLLM's name, `/health`.
  for (const path of ['/readyz', '/health'])
    app.get(path, (_request, reply) =>
      isDraining() ? reply.status(503).send({ status: 'draining' }) : { status: 'ready' },
    )
  // Starting a call takes milliseconds, so tokens of running answers that have arrived are sent first.
  const turnQueue = new TurnQueue(endTurn)
  mountDoor(app, door, (work) => turnQueue.enter(work))
  app.all('/trpc/*', (request, reply) => {
    reply.hijack()
    const acceptedAt = performance.now()
    turnQueue.enter(() => {
      // A caller that has disconnected meanwhile will send no body.
      if (!request.raw.destroyed) void handleTrpc(request.raw, reply.raw, { entrance, log, acceptedAt })
    })
  })
  return { server: app, routes }
}

interface TrpcOptions {
  entrance: Entrance
  log: Logger
  acceptedAt: number
}

function handleTrpc(
  req: IncomingMessage,
  res: ServerResponse,
  { entrance, log, acceptedAt }: TrpcOptions,
): Promise<void> {
  const path = decodePath((req.url ?? '').split('?', 1)[0]?.slice('/trpc/'.length) ?? '')
  const createContext = async (): Promise<Context> => {
    // Nothing changes by a GET: tRPC refuses mutations there.
    const kind = { mayChange: req.method !== 'GET' && req.method !== 'HEAD' }
    const principal = await identify(entrance, req, kind)
    if (principal !== undefined) {
      const close = registerConnection(entrance, req, { principal, kind, end: () => endStream(res) })
      res.once('close', close)
    }
    return {
      ...contextOf(entrance, req, principal),
      acceptedAt,
      addHeaders: (headers) => {
        // The head of a batch that streams its results has gone already.
        if (!res.headersSent) for (const [name, value] of headers) res.setHeader(name, value)
      },
    }
  }
  const onError = (failure: { error: TRPCError; path: string | undefined }): void =>
    logInternal(log, failure.path, failure.error)
  const common = { path, createContext, onError }
  if (isPlainMutation(req, path)) return handleMutation(req, res, common)
  const limits = { maxBodySize: MAX_BODY_BYTES, maxBatchSize: 20 }
  return nodeHTTPRequestHandler({
    ...common,
    ...limits,
    router: appRouter,
    req,
    res,
    allowMethodOverride: true,
  })
}

/**
 * Ends a response that is a stream, which can last for hours. The answer to a call still goes out: the call itself may have ended
 * its session. A stream whose head has not gone yet is looked at again.
 */
function endStream(res: ServerResponse): void {
  if (res.headersSent) res.destroy()
  else
    setTimeout(() => {
      if (res.headersSent && !res.writableEnded) res.destroy()
    }, 500).unref()
}

function decodePath(path: string): string {
  try {
    return decodeURIComponent(path)
  } catch {
    return path
  }
}
