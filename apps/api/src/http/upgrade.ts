import { type IncomingMessage, type Server, STATUS_CODES } from 'node:http'
import type { Duplex } from 'node:stream'
import { API_ERRORS } from '@slicechat/contract'
import { applyWSSHandler } from '@trpc/server/adapters/ws'
import { type WebSocket, WebSocketServer } from 'ws'
import type { Access } from '../access/access.ts'
import { unauthenticated } from '../errors.ts'
import type { EventWriter } from '../generations/log.ts'
import type { Logger } from '../logger.ts'
import { appRouter } from '../router.ts'
import { toCoded } from '../trpc.ts'
import { callEncoder, callIdOf } from './call-id.ts'
import { CallWriter } from './call-writer.ts'
import { createContext, type Entrance } from './context.ts'
import { startHeartbeat } from './heartbeat.ts'
import { logInternal } from './server.ts'
import { SocketWriter } from './socket-writer.ts'

/** Largest message from a client. Clients send only small calls with ids over a socket; prompts travel by POST. */
const MAX_MESSAGE_BYTES = 1024 * 1024
/** Most calls in one message. A client that reconnects asks for all of its streams in one message. */
const MAX_CALLS_PER_MESSAGE = 5_000
/** Time within which a client must identify itself, for instance with a key in its first message. */
const INTRODUCTION_MS = 10_000

/** The sockets of a server. */
export interface Upgrades {
  /** Asks every client to reconnect (to another instance) and refuses new ones. */
  retire: () => void
  close: () => void
}

/** Serves tRPC over WebSocket at `/trpc` of an HTTP server. */
export function acceptUpgrades(server: Server, entrance: Entrance, log: Logger): Upgrades {
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: MAX_MESSAGE_BYTES,
    perMessageDeflate: false,
  })
  const known = new WeakSet<WebSocket>()
  let retired = false

  const upgrade = async (request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> => {
    socket.on('error', () => socket.destroy())
    const refused = await refusalOf(request, entrance.access)
    // The API may have been retired meanwhile.
    const refusal = retired ? 503 : refused
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
      }, INTRODUCTION_MS)
      client.once('close', () => clearTimeout(timer))
    })
  }
  server.on('upgrade', (request, socket, head) => {
    upgrade(request, socket, head).catch((error: unknown) => {
      log.error({ err: error }, 'upgrade failed')
      socket.destroy()
    })
  })

  const stopHeartbeat = startHeartbeat(sockets)
  const handler = applyWSSHandler({
    wss: sockets,
    router: appRouter,
    maxBatchSize: MAX_CALLS_PER_MESSAGE,
    experimental_encoder: callEncoder,
    createContext: async ({ req, res: client, info }) => {
      const context = await createContext(entrance, req.headers, info.connectionParams?.['apiKey'])
      if (context.principal === undefined) throw unauthenticated().toTRPC()
      known.add(client)
      const socket = new SocketWriter(req.socket)
      const writerOf = (rawInput: unknown): EventWriter => {
        const callId = callIdOf(rawInput)
        return callId === undefined ? socket : new CallWriter(socket, client, callId)
      }
      return { ...context, writerOf }
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
async function refusalOf(request: IncomingMessage, access: Access): Promise<number | null> {
  if ((request.url ?? '').split('?', 1)[0] !== '/trpc') return 404
  const { origin, host = 'localhost' } = request.headers
  // tRPC parses the URL at a place where an exception would end the process.
  if (!URL.canParse(request.url ?? '', `http://${host}`)) return 400
  try {
    const principal = await access.authenticate(request.headers)
    // A page may send its key in the first message; a program has to send it in this request.
    return origin === undefined && principal === undefined ? 403 : null
  } catch (error) {
    return API_ERRORS[toCoded(error).code].http
  }
}
