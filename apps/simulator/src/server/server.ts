import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { TurnQueue } from '@slicechat/server'
import { CompletionHandler } from '../completions/completion-handler.ts'
import { HttpMetrics } from '../metrics/http-metrics.ts'
import type { Registry } from '../metrics/registry.ts'
import type { SimulatorContext } from '../simulator-context.ts'
import { Exchange } from '../http/exchange.ts'
import { HttpError } from '../http/http-error.ts'
import { isAuthorized, createRoutes } from './routes.ts'
import { TurnClock } from './turn-clock.ts'

/** Prefix of paths that stay reachable during every fault. */
const CONTROL_PREFIX = '/sim/'

/** The HTTP server of a simulator, not yet listening. */
export function createSimulatorServer(context: SimulatorContext, registry: Registry): Server {
  const { configuration, faults, clock } = context
  const routes = createRoutes(context, new CompletionHandler(context), registry)
  const http = new HttpMetrics(registry)
  const sockets = new Set<Socket>()
  const requestId = configuration.enableRequestIdHeaders ? context.randomId : undefined
  const arrivals = new TurnClock(clock)
  const turnQueue = new TurnQueue()

  const route = async (exchange: Exchange): Promise<void> => {
    if (!isAuthorized(exchange, configuration.apiKeys))
      return exchange.json(401, { error: 'Unauthorized' }, [])
    const found = routes.get(exchange.path)
    const allowed = found?.methods.includes(exchange.method) ?? false
    if (found?.counted !== false) observe(exchange, found !== undefined && allowed ? exchange.path : 'none')
    if (found === undefined) return exchange.json(404, { detail: 'Not Found' })
    if (!allowed) {
      const allow = ['allow', found.methods.join(', '), 'vary', 'Origin']
      return exchange.json(405, { detail: 'Method Not Allowed' }, allow)
    }
    await found.handle(exchange)
  }

  const observe = (exchange: Exchange, handler: string) => {
    const { request, response, method } = exchange
    response.once('close', () => {
      if (!response.headersSent) return
      const seconds = (clock.now() - exchange.arrivedMs) / 1000
      const requestBytes = Number(request.headers['content-length'] ?? 0)
      const { responseBytes } = exchange
      http.observe({ handler, method, status: response.statusCode, requestBytes, responseBytes, seconds })
    })
  }

  const listener = (request: IncomingMessage, response: ServerResponse) => {
    const exchange = new Exchange(request, response, { requestId, arrivedMs: arrivals.now() })
    if (faults.has('tunnel-down') && !exchange.path.startsWith(CONTROL_PREFIX)) return exchange.destroy()
    // A client that disconnects in mid-request is normal; without a listener its error would end the process.
    response.on('error', () => undefined)
    turnQueue.enter(() => {
      route(exchange).catch((error: unknown) => {
        if (error instanceof HttpError) return exchange.error(error.body)
        console.error(error)
        if (response.headersSent) exchange.destroy()
        else
          exchange.error({ message: 'Internal error', type: 'InternalServerError', param: null, code: 500 })
      })
    })
  }
  const server = createServer({ noDelay: true, requestTimeout: 0, keepAliveTimeout: 5000 }, listener)
  server.on('connection', (socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })
  faults.onOutage((outage) => {
    // The request that set the fault is answered first, so that its client gets the response.
    if (outage === 'tunnel-down')
      setImmediate(() => sockets.forEach((socket) => destroyUnlessControl(socket)))
  })
  const controlSockets = new WeakSet<Socket>()
  const destroyUnlessControl = (socket: Socket) => {
    if (!controlSockets.has(socket)) socket.resetAndDestroy()
  }
  server.prependListener('request', (request) => {
    if (request.url?.startsWith(CONTROL_PREFIX) === true) controlSockets.add(request.socket)
    else controlSockets.delete(request.socket)
  })
  return server
}
