import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { textFrame } from './text-frame.ts'

const lengths = [0, 1, 125, 126, 127, 65_535, 65_536, 200_000]
const messages = [...lengths.map((length) => 'a'.repeat(length)), 'Grüße, 你好 🙂', '🙂'.repeat(40)]

test('a WebSocket client reads the frames as the texts that they hold', async () => {
  const server = createServer((socket) => {
    socket.once('data', (request: Buffer) => {
      const key = /sec-websocket-key: (\S+)/i.exec(request.toString())?.[1] ?? ''
      const accept = createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64')
      socket.write(
        `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`,
      )
      for (const message of messages) socket.write(textFrame(message))
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const client = new WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`)
  const read: string[] = []
  await new Promise<void>((resolve, reject) => {
    client.on('error', reject)
    client.on('message', (data: Buffer, isBinary) => {
      expect(isBinary).toBe(false)
      if (read.push(data.toString()) === messages.length) resolve()
    })
  })
  expect(read).toEqual(messages)
  client.terminate()
  server.close()
})
