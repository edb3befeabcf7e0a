import type { WebSocket, WebSocketServer } from 'ws'
import { stoodStill } from '../standstill.ts'

export interface HeartbeatOptions {
  tickMs: number
  /** Ticks of silence after which a client is sent a PING. */
  pingAfter: number
  /** Ticks of silence after which a client is cut off. */
  lostAfter: number
}

const USUAL: HeartbeatOptions = { tickMs: 5_000, pingAfter: 3, lostAfter: 5 }

/**
 * Cuts off clients that died silently or stopped reading: neither answers tRPC's PING. tRPC's own `keepAlive` is not
 * used, because after a standstill of this process it cuts off clients whose answers have arrived but are unread.
 *
 * @returns a function that stops the heartbeat
 */
export function startHeartbeat(
  sockets: WebSocketServer,
  { tickMs, pingAfter, lostAfter }: HeartbeatOptions = USUAL,
): () => void {
  const silence = new WeakMap<WebSocket, number>()
  sockets.on('connection', (client) => client.on('message', () => silence.set(client, 0)))
  const timer = setInterval(() => {
    if (stoodStill()) return
    for (const client of sockets.clients) {
      const ticks = (silence.get(client) ?? 0) + 1
      silence.set(client, ticks)
      if (ticks >= lostAfter) client.terminate()
      else if (ticks === pingAfter && client.readyState === client.OPEN) client.send('PING')
    }
  }, tickMs)
  timer.unref()
  return () => clearInterval(timer)
}
