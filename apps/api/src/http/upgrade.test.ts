import { once } from 'node:events'
import { connect } from 'node:net'
import { expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { ask, readAll } from '../testing/reading.ts'
import { type Stack, startStack } from '../testing/stack.ts'
import { until } from '../testing/until.ts'

const key = 'alice-0123456789abcdef'

/** The HTTP status of the response to an upgrade request. */
async function upgrade(stack: Stack, path: string, headers: Record<string, string> = {}): Promise<number> {
  const all = {
    host: `127.0.0.1:${stack.port}`,
    connection: 'Upgrade',
    upgrade: 'websocket',
    'sec-websocket-version': '13',
    'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
    ...headers,
  }
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`)
  const socket = connect(stack.port, '127.0.0.1')
  socket.on('error', () => {})
  socket.write(`GET ${path} HTTP/1.1\r\n${lines.join('')}\r\n`)
  const [head] = (await once(socket, 'data')) as [Buffer]
  socket.destroy()
  return Number(head.toString().split(' ')[1])
}

const inboxes = new WeakMap<WebSocket, string[]>()

async function open(stack: Stack, query = '', headers: Record<string, string> = {}): Promise<WebSocket> {
  const socket = new WebSocket(`${stack.api.url.replace('http', 'ws')}/trpc${query}`, { headers })
  const inbox: string[] = []
  inboxes.set(socket, inbox)
  socket.on('message', (raw: Buffer) => inbox.push(raw.toString()))
  await once(socket, 'open')
  return socket
}

async function reply(socket: WebSocket): Promise<Record<string, unknown>> {
  const message = await until(() => inboxes.get(socket)?.shift())
  return JSON.parse(message) as Record<string, unknown>
}

const closed = (socket: WebSocket): Promise<boolean> => until(() => socket.readyState === WebSocket.CLOSED)

const alive = async (stack: Stack): Promise<void> => {
  const { finished } = await readAll(stack.client().generate(ask('[[tokens=2]] alive?')))
  expect(finished.reason).toBe('stop')
}

test('an upgrade is for our pages, and for programs', async () => {
  await using stack = await startStack({ env: { ALLOWED_ORIGINS: 'https://chat.example' } })
  expect(await upgrade(stack, '/trpc', { origin: 'https://evil.example' })).toBe(403)
  expect(await upgrade(stack, '/trpc', { origin: 'null' })).toBe(403)
  expect(await upgrade(stack, '/trpc', { origin: 'https://chat.example' })).toBe(101)
  expect(await upgrade(stack, '/trpc')).toBe(101)
  for (const path of ['/', '/trpcx', '/trpc/generations.stream', '/healthz'])
    expect(await upgrade(stack, path)).toBe(404)
  await until(() => stack.logs.some(({ status }) => status === 404))
})

test('where keys are in use, a program must bring one', async () => {
  await using stack = await startStack({ env: { API_KEYS: `alice:${key}` } })
  expect(await upgrade(stack, '/trpc')).toBe(401)
  expect(await upgrade(stack, '/trpc', { authorization: 'Bearer wrong' })).toBe(401)
  expect(await upgrade(stack, '/trpc', { authorization: `Bearer ${key}` })).toBe(101)
})

test('a page says its key in the first message, or is sent away', async () => {
  await using stack = await startStack({
    env: { API_KEYS: `alice:${key}`, ALLOWED_ORIGINS: 'https://chat.example' },
  })
  const origin = { origin: 'https://chat.example' }
  const call = JSON.stringify({ id: 1, method: 'query', params: { path: 'system.status' } })
  for (const [first, code] of [
    [{ apiKey: 'wrong' }, 'UNAUTHENTICATED'],
    [{}, 'UNAUTHENTICATED'],
    [{ apiKey: key }, undefined],
  ] as const) {
    const socket = await open(stack, '?connectionParams=1', origin)
    socket.send(JSON.stringify({ method: 'connectionParams', data: first }))
    socket.send(call)
    const answer = await reply(socket)
    expect((answer['error'] as { data?: { code?: string } } | undefined)?.data?.code).toBe(code)
    if (code !== undefined) await closed(socket)
    socket.close()
  }
  // A page that does not say that a key will follow is refused at once.
  expect(await upgrade(stack, '/trpc', origin)).toBe(401)
})

test('a request line or host that is no URL does not end the process', async () => {
  await using stack = await startStack()
  for (const host of ['[', 'a b', 'x:99999', '%']) expect(await upgrade(stack, '/trpc', { host })).toBe(400)
  expect(await upgrade(stack, '//')).toBe(404)
  await alive(stack)
})

test('a program that offers HTTP/2 is answered over HTTP/1', async () => {
  await using stack = await startStack()
  const h2c = { upgrade: 'h2c', connection: 'Upgrade, HTTP2-Settings', 'http2-settings': 'AAMAAABk' }
  expect(await upgrade(stack, '/trpc/system.status', h2c)).toBe(200)
})

test('messages that are none, or too many, or too large', async () => {
  await using stack = await startStack()
  const socket = await open(stack)
  for (const message of [
    'no json',
    '[1,2',
    '"x"',
    '{"id":1}',
    '{"id":null,"method":"query","params":{"path":"x"}}',
  ]) {
    socket.send(message)
    expect(await reply(socket), message).toMatchObject({ error: { data: { code: 'BAD_INPUT' } } })
  }
  socket.send(JSON.stringify({ id: 7, method: 'query', params: { path: 'no.such' } }))
  expect(await reply(socket)).toMatchObject({ id: 7, error: { data: { code: 'NOT_FOUND' } } })
  socket.send(JSON.stringify({ id: 8, method: 'subscription', params: { path: 'system.status' } }))
  expect(await reply(socket)).toMatchObject({ id: 8, error: { data: { code: 'NOT_FOUND' } } })
  const many = Array.from({ length: 10_000 }, (_, id) => ({ id, method: 'query', params: { path: 'a' } }))
  socket.send(JSON.stringify(many))
  expect(await reply(socket)).toMatchObject({ error: { data: { code: 'BAD_INPUT' } } })
  const end = once(socket, 'close')
  socket.on('error', () => {})
  socket.send('x'.repeat(10_000_000))
  expect((await end)[0]).toBe(1009)
  await alive(stack)
  expect(stack.logs.filter(({ level }) => Number(level) >= 50)).toEqual([])
})

test('streams that are opened and given up at once leave nothing', async () => {
  await using stack = await startStack()
  const { generationId } = await stack.client().generate(ask('[[tokens=100000]] Long')).ids
  const subscribe = (id: number): string =>
    JSON.stringify({
      id,
      method: 'subscription',
      params: { path: 'generations.stream', input: { generationId } },
    })
  await Promise.all(
    Array.from({ length: 50 }, async (_, n) => {
      for (let i = 0; i < 10; i++) {
        const socket = await open(stack)
        socket.on('error', () => {})
        socket.send(subscribe(1))
        if ((n + i) % 3 === 0) socket.send(JSON.stringify({ id: 1, method: 'subscription.stop' }))
        if ((n + i) % 2 === 0) socket.terminate()
        else socket.close()
      }
    }),
  )
  const one = await open(stack)
  for (let id = 1; id <= 1_000; id++) {
    one.send(subscribe(id))
    one.send(JSON.stringify({ id, method: 'subscription.stop' }))
  }
  await until(async () => (await stack.metrics()).sum('chat_stream_subscribers') === 0)
  one.close()
  const sse = Array.from({ length: 200 }, async (_, n) => {
    const over = new AbortController()
    const input = encodeURIComponent(JSON.stringify({ generationId }))
    const opening = fetch(`${stack.api.url}/trpc/generations.stream?input=${input}`, { signal: over.signal })
    if (n % 2 === 0) await opening
    over.abort()
    await opening.catch(() => {})
  })
  await Promise.all(sse)
  await until(async () => (await stack.metrics()).sum('chat_stream_subscribers') === 0)
  await stack.client().stop(generationId)
  await alive(stack)
})
