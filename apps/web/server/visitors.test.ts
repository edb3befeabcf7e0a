import { once } from 'node:events'
import type { IncomingHttpHeaders, IncomingMessage, RequestListener } from 'node:http'
import { request as httpRequest } from 'node:http'
import { expect, test } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import { createLog } from './log.ts'
import { type FakeApi, fakeApi, listening, until } from './testing/fake-api.ts'
import { createWebServer } from './web-server.ts'

// In whose name visitors reach the API: their own if it has accounts, otherwise that of the web server's key.

const COOKIE = '__Secure-session=1'
const API_KEY = 'key-of-the-web'

async function stack(answer: RequestListener = (_request, response) => response.end('{}')) {
  const seen: IncomingHttpHeaders[] = []
  const sockets = new WebSocketServer({ noServer: true })
  const onRequest: RequestListener = (request, response) => {
    seen.push(request.headers)
    answer(request, response)
  }
  const start = (port = 0): Promise<FakeApi> =>
    fakeApi(
      onRequest,
      (request, socket, head) => {
        seen.push(request.headers)
        sockets.handleUpgrade(request, socket, head, () => undefined)
      },
      port,
    )
  let api = await start()
  const web = createWebServer(
    { HOST: '127.0.0.1', API_URL: api.url, API_KEY, ALLOWED_ORIGINS: ['https://chat.example'] },
    (_request, response) => response.end('page'),
    createLog('silent'),
  )
  const front = await listening(web.server)
  return {
    web,
    front,
    seen,
    get api() {
      return api
    },
    /** Ends the API and starts it again, as another configuration needs. */
    async restart(mode: FakeApi['mode']) {
      const { port } = api
      await api[Symbol.asyncDispose]()
      api = await start(port)
      api.mode = mode
    },
    async call(path: string, headers: Record<string, string> = {}, method = 'GET'): Promise<IncomingMessage> {
      const request = httpRequest({ host: '127.0.0.1', port: front.port, path, headers, method })
      request.end()
      const [response] = (await once(request, 'response')) as [IncomingMessage]
      response.resume()
      await once(response, 'end')
      return response
    },
    async [Symbol.asyncDispose]() {
      web.webSocketProxy.closeAll()
      await front[Symbol.asyncDispose]()
      web.forwarder.close()
      web.mode.close()
      await api[Symbol.asyncDispose]()
    },
  }
}

test('with accounts a visitor is its session, and never the key of the web server', async () => {
  await using s = await stack()
  for (const mode of ['password', 'oidc'] as const) {
    await s.restart(mode)
    await s.call('/trpc/conversations.list', {
      cookie: COOKIE,
      origin: s.front.url,
      'sec-fetch-site': 'same-origin',
      'x-forwarded-for': '203.0.113.9, 10.0.0.1',
      'x-forwarded-proto': 'https',
      'x-forwarded-host': 'chat.example',
    })
    const headers = s.seen.at(-1)
    expect(headers).toMatchObject({
      cookie: COOKIE,
      origin: s.front.url,
      'sec-fetch-site': 'same-origin',
      'x-forwarded-for': '203.0.113.9, 10.0.0.1, 127.0.0.1',
      'x-forwarded-proto': 'https',
    })
    expect(headers?.authorization).toBeUndefined()
    expect(headers?.['x-forwarded-host']).toBeUndefined()

    const socket = new WebSocket(`ws://127.0.0.1:${s.front.port}/trpc`, {
      origin: s.front.url,
      headers: { cookie: COOKIE },
    })
    await once(socket, 'open')
    const upgrade = s.seen.at(-1)
    expect(upgrade).toMatchObject({
      cookie: COOKIE,
      origin: s.front.url,
      'x-forwarded-for': '127.0.0.1',
      'x-forwarded-proto': 'http',
    })
    expect(upgrade?.authorization).toBeUndefined()
    socket.terminate()
  }
})

test('with accounts a program’s own key passes, and a password for a proxy in front does not', async () => {
  await using s = await stack()
  await s.restart('password')
  await s.call('/trpc/models.list', { authorization: 'Bearer sk-slice-1' })
  expect(s.seen.at(-1)?.authorization).toBe('Bearer sk-slice-1')
  await s.call('/trpc/models.list', { authorization: 'Basic dXNlcjpwYXNz' })
  expect(s.seen.at(-1)?.authorization).toBeUndefined()
})

test('OpenAI’s protocol is for keys: the caller’s own passes, no session does, nor the key of the web server', async () => {
  await using s = await stack((_request, response) => {
    response.writeHead(429, { 'retry-after': '2', 'retry-after-ms': '1500', 'x-should-retry': 'false' })
    response.end('{}')
  })
  for (const mode of ['off', 'password'] as const) {
    await s.restart(mode)
    const response = await s.call('/v1/models', { cookie: COOKIE, authorization: 'Bearer sk-slice-1' })
    expect(response.headers).toMatchObject({
      'retry-after': '2',
      'retry-after-ms': '1500',
      'x-should-retry': 'false',
    })
    expect(s.seen.at(-1)).toMatchObject({ authorization: 'Bearer sk-slice-1' })
    expect(s.seen.at(-1)?.cookie).toBeUndefined()
    await s.call('/v1/models', { cookie: COOKIE, authorization: 'Basic dXNlcjpwYXNz' })
    expect(s.seen.at(-1)?.authorization).toBeUndefined()
  }
  // Only with accounts the API asks where a call comes from.
  expect(s.seen.at(-1)?.['x-forwarded-for']).toBe('127.0.0.1')
})

test('at OpenAI’s protocol the web server refuses in its form', async () => {
  await using s = await stack()
  const refused = async (headers: Record<string, string>) => {
    const response = await fetch(`${s.front.url}/v1/models`, { headers })
    return [response.status, (await response.json()) as unknown]
  }
  const error = { message: expect.any(String) as string, param: null }
  expect(await refused({ 'sec-fetch-site': 'cross-site' })).toEqual([
    403,
    { error: { ...error, type: 'permission_error', code: 'FORBIDDEN' } },
  ])
  await s.restart(undefined)
  expect(await refused({})).toEqual([
    502,
    { error: { ...error, type: 'server_error', code: 'API_UNREACHABLE' } },
  ])
})

test('an API that is started anew with other settings is believed at once', async () => {
  await using s = await stack()
  const keyOfNext = async (): Promise<string | undefined> => {
    await s.call('/trpc/models.list', { cookie: COOKIE })
    return s.seen.at(-1)?.authorization
  }
  for (let i = 0; i < 5; i++) {
    await s.restart('off')
    expect(await keyOfNext()).toBe(`Bearer ${API_KEY}`)
    expect(s.seen.at(-1)?.cookie).toBeUndefined()
    await s.restart('password')
    expect(await keyOfNext()).toBeUndefined()
    expect(s.seen.at(-1)?.cookie).toBe(COOKIE)
  }
})

test('nobody is let in while the API does not say whether it has accounts', async () => {
  await using s = await stack()
  await s.restart(undefined)
  const response = await s.call('/trpc/models.list', { cookie: COOKIE })
  expect(response.statusCode).toBe(502)
  const socket = new WebSocket(`ws://127.0.0.1:${s.front.port}/trpc`, { origin: s.front.url })
  const [, refusal] = (await once(socket, 'unexpected-response')) as [unknown, IncomingMessage]
  expect(refusal.statusCode).toBe(502)
  socket.on('error', () => undefined)
  socket.terminate()
  expect(s.seen).toEqual([])
  s.api.mode = 'off'
  expect((await s.call('/trpc/models.list')).statusCode).toBe(200)
  await until(() => s.web.webSocketProxy.size === 0)
})

test('cookies, redirects and limits come back, and only with accounts', async () => {
  await using s = await stack((_request, response) => {
    response.writeHead(302, {
      location: 'https://provider.example/authorize?state=1',
      'set-cookie': ['a=1; HttpOnly', 'b=2; HttpOnly'],
      'ratelimit-limit': '10',
      'ratelimit-remaining': '2',
      'retry-after': '3',
      server: 'secret/1',
    })
    response.end()
  })
  const limits = { 'ratelimit-limit': '10', 'ratelimit-remaining': '2', 'retry-after': '3' }
  const without = await s.call('/api/auth/sign-in/social', {}, 'POST')
  expect(without.headers).toMatchObject(limits)
  expect([without.headers['set-cookie'], without.headers.location]).toEqual([undefined, undefined])
  await s.restart('oidc')
  const response = await s.call('/api/auth/sign-in/social', {}, 'POST')
  expect(response.headers).toMatchObject({
    ...limits,
    location: 'https://provider.example/authorize?state=1',
    'set-cookie': ['a=1; HttpOnly', 'b=2; HttpOnly'],
  })
  expect(response.headers['server']).toBeUndefined()
})

const returning = { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' }
test.each([
  ['back from the provider', 'GET', '/api/auth/callback/oidc?code=1', returning, 200],
  ['a form that posts there', 'POST', '/api/auth/callback/oidc', returning, 403],
  ['an image of another site', 'GET', '/api/auth/callback/oidc', { 'sec-fetch-site': 'cross-site' }, 403],
  [
    'a call of another site',
    'GET',
    '/api/auth/callback/oidc',
    { ...returning, origin: 'http://evil.example' },
    403,
  ],
  ['a link to another path', 'GET', '/api/auth/sign-out', returning, 403],
  ['a link below it', 'GET', '/api/auth/callback/../sign-out', returning, 403],
  ['a link to a call', 'GET', '/trpc/account.export', returning, 403],
  ['a foreign page', 'POST', '/api/auth/sign-in/email', { origin: 'http://evil.example' }, 403],
  ['our page', 'POST', '/api/auth/sign-in/email', { origin: 'https://chat.example' }, 200],
])('%s: %s %s', async (_name, method, path, headers, status) => {
  await using s = await stack()
  await s.restart('oidc')
  expect((await s.call(path, headers, method)).statusCode).toBe(status)
  expect(s.seen.length).toBe(status === 200 ? 1 : 0)
})

test('only calls can be upgraded', async () => {
  await using s = await stack()
  const socket = new WebSocket(`ws://127.0.0.1:${s.front.port}/api/auth`, { origin: s.front.url })
  const [, refusal] = (await once(socket, 'unexpected-response')) as [unknown, IncomingMessage]
  expect(refusal.statusCode).toBe(404)
  socket.on('error', () => undefined)
  socket.terminate()
})
