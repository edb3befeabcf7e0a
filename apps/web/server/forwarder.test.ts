import { once } from 'node:events'
import type { IncomingMessage, RequestListener, RequestOptions } from 'node:http'
import { request as httpRequest } from 'node:http'
import { expect, test } from 'vitest'
import { createLog } from './log.ts'
import type { ForwarderSettings } from './forwarder.ts'
import { fakeApi, listening, until } from './testing/fake-api.ts'
import { createWebServer } from './web-server.ts'

const log = createLog('silent')

async function stack(onRequest: RequestListener, settings: Partial<ForwarderSettings> = {}) {
  const api = await fakeApi(onRequest)
  const web = createWebServer(
    { HOST: '127.0.0.1', API_URL: api.url, API_KEY: undefined, ALLOWED_ORIGINS: [], ...settings },
    (_request, response) => response.end('page'),
    log,
  )
  const front = await listening(web.server)
  return {
    api,
    web,
    front,
    async [Symbol.asyncDispose]() {
      await front[Symbol.asyncDispose]()
      web.forwarder.close()
      web.mode.close()
      await api[Symbol.asyncDispose]()
    },
  }
}

async function send(port: number, options: RequestOptions, body?: string): Promise<IncomingMessage> {
  const request = httpRequest({ host: '127.0.0.1', port, ...options })
  request.end(body)
  const [response] = (await once(request, 'response')) as [IncomingMessage]
  return response
}

async function textOf(message: IncomingMessage): Promise<string> {
  let text = ''
  for await (const chunk of message.setEncoding('utf8')) text += chunk as string
  return text
}

test('a stream passes chunk by chunk, as it comes', async () => {
  let write: (text: string) => void = () => {}
  let end = () => {}
  await using s = await stack((_request, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream', 'x-accel-buffering': 'no' })
    response.flushHeaders()
    write = (text) => response.write(text)
    end = () => response.end()
  })
  const response = await send(s.front.port, { path: '/trpc/generations.stream' })
  expect(response.headers['content-type']).toBe('text/event-stream')
  expect(response.headers['x-accel-buffering']).toBe('no')
  for (const text of ['data: one\n\n', 'data: 二\n\n', 'data: three\n\n']) {
    const chunk = once(response, 'data')
    write(text)
    const [bytes] = (await chunk) as [Buffer]
    expect(bytes.toString()).toBe(text)
  }
  const ended = once(response.resume(), 'end')
  end()
  await ended
})

test('method, path with its query, and body arrive untouched', async () => {
  await using s = await stack((request, response) => {
    void textOf(request).then((body) => response.end(JSON.stringify([request.method, request.url, body])))
  })
  const path = '/trpc/../x?input=%7B%22a%22%3A1%7D&b=%2e%2E'
  const response = await send(s.front.port, { path: `/trpc/a?b=%2F..`, method: 'POST' }, '{"héllo":"世界"}')
  expect(JSON.parse(await textOf(response))).toEqual(['POST', '/trpc/a?b=%2F..', '{"héllo":"世界"}'])
  const raw = await send(s.front.port, { path })
  expect(JSON.parse(await textOf(raw))).toEqual(['GET', path, ''])
})

test('only listed headers pass, and the key is the web’s own', async () => {
  let seen: IncomingMessage['headers'] = {}
  await using s = await stack(
    (request, response) => {
      seen = request.headers
      response.writeHead(200, {
        'content-type': 'application/json',
        'retry-after': '3',
        'set-cookie': 'a=b',
        server: 'secret/1',
        'access-control-allow-origin': '*',
      })
      response.end('{}')
    },
    { API_KEY: 'key-of-the-web' },
  )
  const response = await send(s.front.port, {
    path: '/trpc/models.list',
    headers: {
      origin: s.front.url,
      authorization: 'Bearer from-the-browser',
      cookie: 'session=1',
      'x-forwarded-for': '1.2.3.4',
      'x-request-id': 'abc-123',
      'last-event-id': '7',
      'trpc-accept': 'application/jsonl',
      'accept-encoding': 'gzip',
    },
  })
  await textOf(response)
  expect(seen).toEqual({
    authorization: 'Bearer key-of-the-web',
    connection: 'keep-alive',
    host: `127.0.0.1:${s.api.port}`,
    'last-event-id': '7',
    'trpc-accept': 'application/jsonl',
    'x-request-id': 'abc-123',
  })
  expect(response.headers['x-request-id']).toBe('abc-123')
  expect(response.headers['retry-after']).toBe('3')
  for (const name of ['set-cookie', 'server', 'access-control-allow-origin'])
    expect(response.headers[name]).toBeUndefined()
})

test('a missing or unfit request id is replaced by a UUID, the same on both sides', async () => {
  const seen: unknown[] = []
  await using s = await stack((request, response) => {
    seen.push(request.headers['x-request-id'])
    response.end()
  })
  for (const headers of [{}, { 'x-request-id': 'has spaces and "quotes"' }]) {
    const response = await send(s.front.port, { path: '/trpc/x', headers })
    expect(response.headers['x-request-id']).toMatch(/^[\da-f]{8}-[\da-f]{4}-4/)
    expect(seen.pop()).toBe(response.headers['x-request-id'])
    response.resume()
  }
})

test('a reader that goes away ends the request to the API', async () => {
  let gone = false
  await using s = await stack((_request, response) => {
    response.write('first')
    response.once('close', () => (gone = true))
  })
  const response = await send(s.front.port, { path: '/trpc/generations.stream' })
  await once(response, 'data')
  response.destroy()
  await until(() => gone)
  await until(() => s.web.forwarder.sockets === 0)
})

test('an answer that the API breaks off breaks off at the reader too', async () => {
  await using s = await stack((_request, response) => {
    response.write('half')
    setImmediate(() => response.destroy())
  })
  const response = await send(s.front.port, { path: '/trpc/x' })
  await expect(textOf(response)).rejects.toThrow('aborted')
})

test('an API that is down is a 502 in the shape of a tRPC error', async () => {
  const api = await fakeApi((_request, response) => response.end())
  await api[Symbol.asyncDispose]()
  await using s = await stack(() => {}, { API_URL: api.url })
  const response = await send(s.front.port, { path: '/trpc/conversations.send', method: 'POST' }, '{}')
  expect(response.statusCode).toBe(502)
  expect(JSON.parse(await textOf(response))).toMatchObject({
    error: { data: { code: 'API_UNREACHABLE', retryable: true, httpStatus: 502 } },
  })
})

test.each([
  ['foreign origin', 'GET', { origin: 'http://evil.example' }, 403],
  ['foreign origin, POST', 'POST', { origin: 'https://evil.example' }, 403],
  ['same host, other port', 'POST', { origin: 'http://127.0.0.1:1' }, 403],
  ['origin null', 'POST', { origin: 'null' }, 403],
  ['cross-site without origin', 'GET', { 'sec-fetch-site': 'cross-site' }, 403],
  ['allowed by the operator', 'POST', { origin: 'https://ours.example' }, 200],
  ['behind a proxy', 'POST', { origin: 'https://chat.example', 'x-forwarded-host': 'chat.example:443' }, 200],
  ['a program', 'POST', {}, 200],
])('%s: %s → %#', async (_name, method, headers, status) => {
  let calls = 0
  await using s = await stack(
    (_request, response) => {
      calls++
      response.end('{}')
    },
    { ALLOWED_ORIGINS: ['https://ours.example'] },
  )
  const response = await send(s.front.port, { path: '/trpc/x', method, headers }, '')
  response.resume()
  expect(response.statusCode).toBe(status)
  expect(calls).toBe(status === 200 ? 1 : 0)
})

test('sockets to the API are kept and used again', async () => {
  await using s = await stack((_request, response) => response.end('{}'))
  for (let i = 0; i < 20; i++) await textOf(await send(s.front.port, { path: '/trpc/x' }))
  expect(s.api.sockets.size).toBe(1)
})

test('a kept socket that the API closed meanwhile does not fail the next request', async () => {
  await using s = await stack((_request, response) => {
    response.end('{}')
    response.once('finish', () => setImmediate(() => response.socket?.destroy()))
  })
  for (let i = 0; i < 20; i++) {
    const response = await send(s.front.port, { path: '/trpc/x' })
    response.resume()
    expect(response.statusCode).toBe(200)
  }
})

test('pages and health carry the security headers', async () => {
  await using s = await stack(() => {})
  for (const path of ['/healthz', '/', '/trpcx']) {
    const response = await send(s.front.port, { path })
    expect(await textOf(response)).toBe(path === '/healthz' ? '{"status":"ok"}' : 'page')
    expect(response.headers).toMatchObject({
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'referrer-policy': 'same-origin',
    })
  }
})
