import { randomUUID } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createChatClient, type ChatClientOptions } from '@slicechat/client'
import { expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { Proxy } from '../testing/proxy.ts'
import { ask, readAll } from '../testing/reading.ts'
import { startStack } from '../testing/stack.ts'
import { until } from '../testing/until.ts'

// A caller that the API does not know is told so. It is no reason to leave WebSocket, nor to try again.

const KEY = 'alice-0123456789abcdef'
const refused = { code: 'UNAUTHENTICATED', retryable: false }

/** What signs a program's calls as a cookie signs a page's: it may be gone from one call to the next. */
class Signature {
  key: string | undefined

  readonly options: Pick<ChatClientOptions, 'fetch' | 'WebSocket'>

  constructor() {
    const headers = (): Record<string, string> =>
      this.key === undefined ? {} : { authorization: `Bearer ${this.key}` }
    class Signed extends WebSocket {
      constructor(url: string | URL) {
        super(url, { headers: headers() })
      }
    }
    this.options = {
      fetch: (url, init) =>
        fetch(url, { ...init, headers: { ...(init?.headers as Record<string, string>), ...headers() } }),
      WebSocket: Signed as unknown as typeof globalThis.WebSocket,
    }
  }
}

const env = { API_KEYS: `alice:${KEY}` }

test('a caller without a key is told so once, and goes on over WebSocket once it has one', async () => {
  await using stack = await startStack({ env })
  const signature = new Signature()
  const client = stack.client(signature.options)
  const upgrades = (): number => stack.logs.filter(({ msg }) => msg === 'upgrade refused').length
  const readings = Array.from({ length: 5 }, () => readAll(client.watch(randomUUID())))
  for (const reading of readings) await expect(reading).rejects.toMatchObject(refused)
  expect(upgrades()).toBe(1)
  // Longer than the pause of the transport before its next try, which must not come.
  await new Promise((resolve) => setTimeout(resolve, 400))
  expect(upgrades()).toBe(1)
  expect(client.transport).toBe('websocket')

  signature.key = KEY
  const { finished } = await readAll(client.generate(ask('[[tokens=5]] hello')))
  expect(finished.reason).toBe('stop')
  expect(client.transport).toBe('websocket')
  expect((await stack.metrics()).sum('chat_stream_resumes_total')).toBe(0)
})

test('who is signed out while an answer comes in is told so, and the answer goes on', async () => {
  await using stack = await startStack({ env, simulator: { itlMs: 5 } })
  await using proxy = await new Proxy(stack.port).listen()
  const signature = new Signature()
  signature.key = KEY
  const client = stack.client({ ...signature.options, url: proxy.url })
  const answer = client.generate(ask('[[tokens=200]] a long story'))
  const { generationId } = await answer.ids
  const reading = readAll(answer)
  await until(async () => (await stack.metrics()).sum('chat_stream_subscribers') === 1)
  signature.key = undefined
  proxy.cut()
  await expect(reading).rejects.toMatchObject(refused)
  expect(client.transport).toBe('websocket')

  signature.key = KEY
  const { finished } = await readAll(client.watch(generationId))
  expect(finished).toMatchObject({ reason: 'stop', usage: { completionTokens: 200 } })
})

test('a server that refuses upgrades with 401 and calls in another form than ours is understood too', async () => {
  let upgrades = 0
  const server = createServer((_request, response) =>
    response.writeHead(401, { 'www-authenticate': 'Basic' }).end('Who are you?'),
  )
  server.on('upgrade', (_request, socket) => {
    upgrades++
    socket.end('HTTP/1.1 401 Unauthorized\r\nconnection: close\r\ncontent-length: 0\r\n\r\n')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  // Node's own WebSocket sends an upgrade that got 401 once more, as `fetch` does.
  const client = createChatClient({ url, ...new Signature().options })
  try {
    await expect(readAll(client.watch(randomUUID()))).rejects.toMatchObject(refused)
    expect([upgrades, client.transport]).toEqual([1, 'websocket'])
  } finally {
    client.close()
    server.close()
  }
})
