import { type IncomingMessage, type Server, STATUS_CODES } from 'node:http'
import type { Duplex } from 'node:stream'
import { API_ERRORS } from '@slicechat/contract'
import { applyWSSHandler } from '@trpc/server/adapters/ws'
import { type WebSocket, WebSocketServer } from 'ws'
import type { CallKind, Principal } from '../access/access.ts'
import { unauthenticated } from '../errors.ts'
import type { EventWriter } from '../generations/log.ts'
import type { Logger } from '../logger.ts'
import { appRouter } from '../router.ts'
import { toCoded } from '../trpc.ts'
import { callEncoder, callIdOf } from './call-id.ts'
import { CallSocket } from './call-socket.ts'
import { CallWriter } from './call-writer.ts'
import { contextOf, type Entrance, identify, registerConnection } from './context.ts'
import { startHeartbeat } from './heartbeat.ts'
import { logInternal } from './server.ts'
import { SocketWriter } from './socket-writer.ts'

/** Largest message from a client. Clients send only small calls with ids over a socket; prompts travel by POST. */
const MAX_MESSAGE_BYTES = 1024 * 1024
/** Most calls in one message. A client that reconnects asks for all of its streams in one message. */
const MAX_CALLS_PER_MESSAGE = 5_000
/** Time within which a client must identify itself, for instance with a key in its first message. */
const INTRODUCTION_MS = 10_000

/** Close code of a socket whose session or key is not valid any more, after HTTP's 401. The client must not come back by itself. */
const SIGNED_OUT = 4401

/** The sockets of a server. */
export interface Upgrades {
  /** Asks every client to reconnect (to another instance) and refuses new ones. */
  retire: () => void
  close: () => void
}

/** Serves tRPC over WebSocket at `/trpc` of an HTTP server. */
export function acceptUpgrades(server: Server, entrance: Entrance, log: Logger): Upgrades {
  const sockets = new WebSocketServer<typeof CallSocket>({
    noServer: true,
    WebSocket: CallSocket,
    maxPayload: MAX_MESSAGE_BYTES,
    perMessageDeflate: false,
  })
  const known = new WeakSet<WebSocket>()
  const callers = new WeakMap<IncomingMessage, Principal>()
  let retired = false

  const register = (
    request: IncomingMessage,
    client: WebSocket,
    principal: Principal,
    kind: CallKind,
  ): void => {
    known.add(client)
    const end = (): void => endSocket(client)
    client.once('close', registerConnection(entrance, request, { principal, kind, end }))
  }

  const upgrade = async (request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> => {
    socket.on('error', () => socket.destroy())
    const caller = await callerOf(request, entrance)
    // The API may have been retired meanwhile.
    const refusal = retired ? 503 : typeof caller === 'number' ? caller : null
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
      client.attach(socket)
      if (typeof caller === 'object') {
        callers.set(request, caller)
        register(request, client, caller, {})
      }
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
      let principal = callers.get(req)
      if (principal === undefined) {
        const kind = { apiKey: info.connectionParams?.['apiKey'] }
        principal = await identify(entrance, req, kind)
        if (principal === undefined) throw unauthenticated().toTRPC()
        register(req, client, principal, kind)
      }
      const socket = new SocketWriter(req.socket)
      const writerOf = (rawInput: unknown): EventWriter => {
        const callId = callIdOf(rawInput)
        return callId === undefined ? socket : new CallWriter(socket, client, callId)
      }
      return { ...contextOf(entrance, req, principal), writerOf, openStreams: { count: 0 } }
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
 * Who asks for an upgrade, or the HTTP status to refuse it with. A browser always sends `Origin`, and pages of other sites must
 * not use the access that this browser has. Whoever is unknown here is refused here: tRPC's client would take a socket that
 * opens and closes for a lost connection, and try again.
 * @returns `undefined` for a page that will send its key in the first message
 */
async function callerOf(
  request: IncomingMessage,
  { access, connections }: Entrance,
): Promise<Principal | number | undefined> {
  if ((request.url ?? '').split('?', 1)[0] !== '/trpc') return 404
  const { origin, host = 'localhost' } = request.headers
  // tRPC parses the URL at a place where an exception would end the process.
  if (!URL.canParse(request.url ?? '', `http://${host}`)) return 400
  try {
    const principal = await access.authenticate(request.headers)
    if (principal !== undefined) {
      connections.assertRoom(principal.owner)
      return principal
    }
    const sendsKey =
      new URL(request.url ?? '', 'http://localhost').searchParams.get('connectionParams') === '1'
    return origin !== undefined && sendsKey ? undefined : API_ERRORS.UNAUTHENTICATED.http
  } catch (error) {
    return API_ERRORS[toCoded(error).code].http
  }
}

/** Ends a socket whose caller may call no longer: nothing more is read or sent, whatever the other side does. */
function endSocket(client: WebSocket): void {
  client.removeAllListeners('message')
  client.close(SIGNED_OUT, 'The session or the key is not valid any more.')
  setTimeout(() => client.terminate(), 1_000).unref()
}
