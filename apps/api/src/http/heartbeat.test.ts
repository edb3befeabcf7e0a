import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { expect, test } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import { standStill } from '../testing/stand-still.ts'
import { until } from '../testing/until.ts'
import { startHeartbeat } from './heartbeat.ts'

interface Client {
  readonly socket: WebSocket
  pings: number
}

/** Connects a client that calls `onPing` for every PING. */
async function connect(server: WebSocketServer, onPing: (client: Client) => void): Promise<Client> {
  const socket = new WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`)
  const client = { socket, pings: 0 }
  socket.on('message', (raw: Buffer) => {
    expect(raw.toString()).toBe('PING')
    client.pings++
    onPing(client)
  })
  await once(socket, 'open')
  return client
}

test('who answers stays, also when the process stood still, and who does not is cut off', async () => {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' })
  await once(server, 'listening')
  const stop = startHeartbeat(server, { tickMs: 400, pingAfter: 1, lostAfter: 2 })
  try {
    const answering = await connect(server, ({ socket, pings }) => {
      socket.send('PONG')
      // The PONG stays unread for longer than the limit, and the timer is due before it is read.
      if (pings === 1) standStill(1_500)
    })
    const silent = await connect(server, () => {})
    await until(() => silent.socket.readyState === WebSocket.CLOSED)
    const before = answering.pings
    await until(() => answering.pings > before + 1)
    expect(answering.socket.readyState).toBe(WebSocket.OPEN)
    answering.socket.terminate()
  } finally {
    stop()
    server.close()
  }
})
