import { createHash } from 'node:crypto'
import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import { connect } from 'node:net'
import type { Duplex } from 'node:stream'
import { expect, test } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import { drain } from './drain.ts'
import { createLog } from './log.ts'
import { fakeApi, listening, until } from './testing/fake-api.ts'
import { createWebServer } from './web-server.ts'

type OnUpgrade = (request: IncomingMessage, socket: Duplex, head: Buffer) => void

async function stack(onUpgrade: OnUpgrade, apiKey?: string) {
  const api = await fakeApi((_request, response) => response.end(), onUpgrade)
  const settings = { HOST: '127.0.0.1', API_URL: api.url, API_KEY: apiKey, ALLOWED_ORIGINS: [] }
  const web = createWebServer(settings, (_request, response) => response.end('page'), createLog('silent'))
  const front = await listening(web.server)
  return {
    api,
    web,
    front,
    async [Symbol.asyncDispose]() {
      web.webSocketProxy.closeAll()
      await front[Symbol.asyncDispose]()
      web.forwarder.close()
      web.mode.close()
      await api[Symbol.asyncDispose]()
    },
  }
}

function echoing(): { server: WebSocketServer; onUpgrade: OnUpgrade } {
  const server = new WebSocketServer({ noServer: true })
  server.on('connection', (socket) => {
    socket.on('message', (data, binary) => socket.send(data as Buffer, { binary }))
    socket.on('error', () => socket.terminate())
  })
  return {
    server,
    onUpgrade: (request, socket, head) => {
      server.handleUpgrade(request, socket, head, (client) => server.emit('connection', client, request))
    },
  }
}

/** Sends an upgrade by hand, so that a test can hold back, cut off or add bytes. */
function rawUpgrade(port: number, headers: Record<string, string>, after = Buffer.alloc(0)): Socket {
  const all = {
    host: `127.0.0.1:${port}`,
    connection: 'Upgrade',
    upgrade: 'websocket',
    'sec-websocket-version': '13',
    'sec-websocket-key': createHash('md5').update('x').digest('base64'),
    ...headers,
  }
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}`)
  const socket = connect(port, '127.0.0.1')
  socket.on('error', () => socket.destroy())
  socket.write(Buffer.concat([Buffer.from(`GET /trpc HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`), after]))
  return socket
}

test('a WebSocket passes both ways, text and 1 MB of bytes', async () => {
  const { onUpgrade } = echoing()
  await using s = await stack(onUpgrade)
  const socket = new WebSocket(`ws://127.0.0.1:${s.front.port}/trpc?connectionParams=1`, {
    origin: s.front.url,
  })
  await once(socket, 'open')
  socket.send('hello 世界')
  expect(String(((await once(socket, 'message')) as [Buffer])[0])).toBe('hello 世界')
  const big = Buffer.alloc(1_000_000, 7)
  socket.send(big)
  expect(((await once(socket, 'message')) as [Buffer])[0]).toEqual(big)
  expect(s.web.webSocketProxy.size).toBe(1)
  socket.close()
  await until(() => s.web.webSocketProxy.size === 0 && s.api.sockets.size === 0)
})

test('the API gets the web’s key and the request id, and neither origin nor cookie', async () => {
  let seen: IncomingMessage['headers'] = {}
  const { onUpgrade } = echoing()
  await using s = await stack((request, socket, head) => {
    seen = request.headers
    onUpgrade(request, socket, head)
  }, 'web-key')
  const socket = new WebSocket(`ws://127.0.0.1:${s.front.port}/trpc`, {
    origin: s.front.url,
    headers: { cookie: 'a=b', authorization: 'Bearer mine', 'x-request-id': 'id-1' },
  })
  await once(socket, 'open')
  expect(seen).toMatchObject({
    authorization: 'Bearer web-key',
    host: `127.0.0.1:${s.api.port}`,
    'x-request-id': 'id-1',
  })
  expect([seen.cookie, seen.origin]).toEqual([undefined, undefined])
  socket.terminate()
})

test('bytes that came with the handshake reach the API', async () => {
  let received = ''
  await using s = await stack((_request, socket, head) => {
    received += head.toString()
    socket.on('data', (bytes: Buffer) => (received += bytes.toString()))
    socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n')
  })
  const socket = rawUpgrade(s.front.port, { origin: s.front.url }, Buffer.from('early'))
  await once(socket, 'data')
  socket.write(' late')
  await until(() => received === 'early late')
  socket.destroy()
})

test('half a goodbye passes: the API’s last words arrive after the browser ended', async () => {
  await using s = await stack((_request, socket) => {
    socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n')
    socket.once('end', () => socket.end('last words')).resume()
  })
  const socket = rawUpgrade(s.front.port, { origin: s.front.url })
  await once(socket, 'data')
  socket.end()
  const [bytes] = (await once(socket, 'data')) as [Buffer]
  expect(bytes.toString()).toBe('last words')
  await until(() => s.web.webSocketProxy.size === 0)
})

test.each([
  ['a foreign origin', { origin: 'http://evil.example' }],
  ['origin null', { origin: 'null' }],
  ['no origin', {}],
])('%s is refused with 403 before the API hears of it', async (_name, headers) => {
  let upgrades = 0
  await using s = await stack(() => upgrades++)
  const socket = rawUpgrade(s.front.port, headers)
  const [bytes] = (await once(socket, 'data')) as [Buffer]
  expect(bytes.toString()).toMatch(/^HTTP\/1\.1 403 Forbidden\r\n/)
  await once(socket.resume(), 'close')
  expect([upgrades, s.web.webSocketProxy.size]).toEqual([0, 0])
})

test('an upgrade elsewhere is a 404, and one with the API down a 502', async () => {
  const { onUpgrade } = echoing()
  await using s = await stack(onUpgrade)
  const elsewhere = new WebSocket(`ws://127.0.0.1:${s.front.port}/other`, { origin: s.front.url })
  expect(String(((await once(elsewhere, 'error')) as [Error])[0])).toContain('404')
  await s.api[Symbol.asyncDispose]()
  const down = new WebSocket(`ws://127.0.0.1:${s.front.port}/trpc`, { origin: s.front.url })
  expect(String(((await once(down, 'error')) as [Error])[0])).toContain('502')
  expect(s.web.webSocketProxy.size).toBe(0)
  s.api.server.listen(0)
})

test('what the API refuses, the browser sees refused', async () => {
  await using s = await stack((_request, socket) => {
    socket.end('HTTP/1.1 401 Unauthorized\r\nConnection: close\r\nContent-Length: 0\r\n\r\n')
  })
  const socket = new WebSocket(`ws://127.0.0.1:${s.front.port}/trpc`, { origin: s.front.url })
  expect(String(((await once(socket, 'error')) as [Error])[0])).toContain('401')
  await until(() => s.web.webSocketProxy.size === 0)
})

test('a hundred upgrades aborted at all moments leave nothing behind', async () => {
  const { onUpgrade } = echoing()
  await using s = await stack(onUpgrade)
  for (let i = 0; i < 100; i++) {
    const socket = rawUpgrade(s.front.port, { origin: s.front.url })
    if (i % 4 === 1) await once(socket, 'connect')
    if (i % 4 === 2) await once(socket, 'data')
    if (i % 4 === 3) await new Promise((resolve) => setTimeout(resolve, i % 5))
    if (i % 2 === 0) socket.destroy()
    else socket.resetAndDestroy()
  }
  await until(() => s.web.webSocketProxy.size === 0 && s.api.sockets.size === 0 && s.front.sockets.size === 0)
})

test('a drain ends quiet sockets at once and busy ones at the deadline', async () => {
  const { onUpgrade } = echoing()
  await using s = await stack(onUpgrade)
  const open = () => new WebSocket(`ws://127.0.0.1:${s.front.port}/trpc`, { origin: s.front.url })
  const [quiet, busy] = [open(), open()]
  await Promise.all([once(quiet, 'open'), once(busy, 'open')])
  const chatter = setInterval(() => busy.send('x'), 20)
  const order: string[] = []
  quiet.once('close', () => order.push('quiet'))
  busy.once('close', () => order.push('busy'))
  const start = performance.now()
  await drain(s.web, 1_200)
  clearInterval(chatter)
  await until(() => order.length === 2)
  expect(order).toEqual(['quiet', 'busy'])
  expect(performance.now() - start).toBeGreaterThan(1_000)
  s.web.server.listen(0)
})
