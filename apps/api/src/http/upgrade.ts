import { type IncomingMessage, type Server, STATUS_CODES } from 'node:http'
import type { Duplex } from 'node:stream'
import { applyWSSHandler } from '@trpc/server/adapters/ws'
import { type WebSocket, WebSocketServer } from 'ws'
import type { ApiKeys } from '../access/api-keys.ts'
import type { OriginPolicy } from '../access/origin-policy.ts'
import { CodedError } from '../errors.ts'
import type { EventWriter } from '../generations/log.ts'
import type { Logger } from '../logger.ts'
import { appRouter } from '../router.ts'
import type { Services } from '../services.ts'
import { callEncoder, callIdOf } from './call-id.ts'
import { CallWriter } from './call-writer.ts'
import { startHeartbeat } from './heartbeat.ts'
import { logInternal } from './server.ts'
import { SocketWriter } from './socket-writer.ts'

/** Largest message from a client. Clients send only small calls with ids over a socket; prompts travel by POST. */
const maxMessageBytes = 1024 * 1024
/** Most calls in one message. A client that reconnects asks for all of its streams in one message. */
const maxCallsPerMessage = 5_000
/** Time within which a client must identify itself, for instance with a key in its first message. */
const introductionMs = 10_000

export interface UpgradeOptions {
  services: Services
  keys: ApiKeys
  log: Logger
  originPolicy: OriginPolicy
}

export interface Upgrades {
  /** Asks every client to reconnect (to another instance) and refuses new ones. */
  retire: () => void
  close: () => void
}

/** Serves tRPC over WebSocket at `/trpc` of an HTTP server. */
export function acceptUpgrades(
  server: Server,
  { services, keys, log, originPolicy }: UpgradeOptions,
): Upgrades {
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: maxMessageBytes,
    perMessageDeflate: false,
  })
  const known = new WeakSet<WebSocket>()
  let retired = false

  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    socket.on('error', () => socket.destroy())
    const refusal = retired ? 503 : refusalOf(request, keys, originPolicy)
    if (refusal !== null) {
      log.info({ origin: request.headers.origin, status: refusal }, 'upgrade refused')
      // A client that does not close its side must not keep this side open.
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
      const socket = new SocketWriter(req.socket)
      const writerOf = (rawInput: unknown): EventWriter => {
        const callId = callIdOf(rawInput)
        return callId === undefined ? socket : new CallWriter(socket, client, callId)
      }
      return { services, owner, writerOf }
    },
    onError: ({ error, path }) => {
      // An oversized or malformed frame and a broken connection are the client's failures, not a defect of the API.
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
 * The HTTP status to refuse an upgrade with, `null` to accept it. A browser always sends `Origin`, and pages of other
 * sites must not use the access that this browser has. A program sends none and needs a key if keys are in use.
 */
function refusalOf(request: IncomingMessage, keys: ApiKeys, originPolicy: OriginPolicy): number | null {
  if ((request.url ?? '').split('?', 1)[0] !== '/trpc') return 404
  const { origin, authorization, host = 'localhost' } = request.headers
  // tRPC parses the URL at a place where an exception would end the process.
  if (!URL.canParse(request.url ?? '', `http://${host}`)) return 400
  if (!originPolicy.admit(request.headers)) return 403
  // A page may send its key in the first message; a program has to send it in this request.
  return origin === undefined && keys.owner(authorization) === undefined ? 403 : null
}
