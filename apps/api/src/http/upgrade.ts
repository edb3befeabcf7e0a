import { type IncomingMessage, type Server, STATUS_CODES } from 'node:http'
import type { Duplex } from 'node:stream'
import { applyWSSHandler } from '@trpc/server/adapters/ws'
import { type WebSocket, WebSocketServer } from 'ws'
import type { Keys } from '../access/keys.ts'
import type { Pages } from '../access/pages.ts'
import { CodedError } from '../errors.ts'
import type { Outlet } from '../generations/log.ts'
import type { Logger } from '../logger.ts'
import { appRouter } from '../router.ts'
import type { Services } from '../services.ts'
import { callEncoder, callIdOf } from './call-id.ts'
import { CallOutlet } from './call-outlet.ts'
import { startHeartbeat } from './heartbeat.ts'
import { logInternal } from './server.ts'
import { SocketOutlet } from './socket-outlet.ts'

/** Messages towards the API are calls with ids in them; prompts travel by POST. */
const maxMessageBytes = 1024 * 1024
/** A client that comes back after a drop asks for all of its streams in one message. */
const maxCallsPerMessage = 5_000
/** A key that comes as the first message must come by then. */
const introductionMs = 10_000

export interface UpgradeOptions {
  services: Services
  keys: Keys
  log: Logger
  pages: Pages
}

export interface Upgrades {
  /** Asks every client to connect anew (to another instance), and takes no further ones. */
  retire: () => void
  close: () => void
}

/** Serves tRPC over WebSocket at `/trpc` of an HTTP server. */
export function acceptUpgrades(server: Server, { services, keys, log, pages }: UpgradeOptions): Upgrades {
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: maxMessageBytes,
    perMessageDeflate: false,
  })
  const known = new WeakSet<WebSocket>()
  let retired = false

  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    socket.on('error', () => socket.destroy())
    const refusal = retired ? 503 : refusalOf(request, keys, pages)
    if (refusal !== null) {
      log.info({ origin: request.headers.origin, status: refusal }, 'upgrade refused')
      // Whoever does not close their side must not keep this one.
      socket.once('finish', () => socket.destroy())
      socket.end(
        `HTTP/1.1 ${refusal} ${STATUS_CODES[refusal] ?? ''}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`,
      )
      return
    }
    sockets.handleUpgrade(request, socket, head, (client) => {
      sockets.emit('connection', client, request)
      const timer = setTimeout(() => {
        if (!known.has(client)) client.terminate()
      }, introductionMs)
      client.once('close', () => clearTimeout(timer))
    })
  })

  const stopHeartbeat = startHeartbeat(sockets)
  const handler = applyWSSHandler({
    wss: sockets,
    router: appRouter,
    maxBatchSize: maxCallsPerMessage,
    experimental_encoder: callEncoder,
    createContext: ({ req, res: client, info }) => {
      const key = info.connectionParams?.['apiKey']
      const owner = keys.owner(req.headers.authorization ?? (key === undefined ? undefined : `Bearer ${key}`))
      if (owner === undefined)
        throw new CodedError('UNAUTHENTICATED', 'A valid bearer key is needed.').toTRPC()
      known.add(client)
      const socket = new SocketOutlet(req.socket)
      const outletOf = (rawInput: unknown): Outlet => {
        const callId = callIdOf(rawInput)
        return callId === undefined ? socket : new CallOutlet(socket, client, callId)
      }
      return { services, owner, outletOf }
    },
    onError: ({ error, path }) => {
      // A frame that is too large or malformed, a connection that broke: theirs, not a defect of ours.
      const cause: NodeJS.ErrnoException | undefined = error.cause
      const code = cause?.code
      if (path === undefined && code !== undefined) log.info({ code }, 'socket failed')
      else logInternal(log, path, error)
    },
  })

  return {
    retire: () => {
      retired = true
      handler.broadcastReconnectNotification()
    },
    close: () => {
      stopHeartbeat()
      for (const client of sockets.clients) client.terminate()
      sockets.close()
    },
  }
}

/**
 * The HTTP status to refuse with, `null` to accept. A browser always says its `Origin`, and a page of
 * another site must not ride on what this browser may do. A program says none; it needs a key where
 * keys are in use.
 */
function refusalOf(request: IncomingMessage, keys: Keys, pages: Pages): number | null {
  if ((request.url ?? '').split('?', 1)[0] !== '/trpc') return 404
  const { origin, authorization, host = 'localhost' } = request.headers
  // tRPC reads the URL where a failure would end the process.
  if (!URL.canParse(request.url ?? '', `http://${host}`)) return 400
  if (!pages.admit(request.headers)) return 403
  // A page may bring its key as the first message; a program brings it here.
  return origin === undefined && keys.owner(authorization) === undefined ? 403 : null
}
