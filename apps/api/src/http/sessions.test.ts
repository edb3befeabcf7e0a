import { once } from 'node:events'
import { expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { type AccountsStack, PAGE, PASSWORD, startAccountsStack } from '../testing/accounts-stack.ts'
import type { PageVisitor } from '../testing/page-visitor.ts'
import { startStack } from '../testing/stack.ts'
import { until } from '../testing/until.ts'

/** Opens a socket. @returns it, or the status that the upgrade was refused with */
async function open(url: string, headers: Record<string, string>): Promise<WebSocket | number> {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/trpc`, { headers })
  socket.on('error', () => {})
  return new Promise((resolve) => {
    socket.once('open', () => resolve(socket))
    socket.once('unexpected-response', (request, response) => {
      request.destroy()
      resolve(response.statusCode ?? 0)
    })
  })
}

async function opened({ stack }: AccountsStack, visitor: PageVisitor): Promise<WebSocket> {
  const socket = await open(stack.api.url, visitor.headers)
  if (typeof socket === 'number') throw new Error(`refused with ${socket}`)
  return socket
}

/** Begins an endless answer and reads it over a socket and over server-sent events. */
async function readBoth(accounts: AccountsStack, visitor: PageVisitor) {
  const { generationId } = await visitor.mutate<{ generationId: string }>('generations.start', {
    requestId: crypto.randomUUID(),
    messages: [{ role: 'user', content: '[[tokens=100000]] endless' }],
  })
  const socket = await opened(accounts, visitor)
  let received = 0
  socket.on('message', () => received++)
  const params = { path: 'generations.stream', input: { generationId } }
  socket.send(JSON.stringify({ id: 1, method: 'subscription', params }))
  const input = encodeURIComponent(JSON.stringify({ generationId }))
  const response = await visitor.fetch(`/trpc/generations.stream?input=${input}`, undefined, {
    accept: 'text/event-stream',
  })
  const ended = (async () => {
    const reader = response.body?.getReader()
    while ((await reader?.read())?.done === false);
  })().catch(() => {})
  await until(() => received > 3)
  return { socket, ended, received: () => received }
}

test('an upgrade needs a session and a page of ours; what it may do ends with the session, within a second', async () => {
  await using accounts = await startAccountsStack()
  const admin = await accounts.firstAdmin()
  const { url } = accounts.stack.api
  expect(await open(url, {})).toBe(401)
  expect(await open(url, { origin: PAGE })).toBe(401)
  expect(await open(url, { origin: PAGE, cookie: 'slicechat.session_token=forged.AAAA' })).toBe(401)
  expect(await open(url, { ...admin.headers, origin: 'https://evil.example' })).toBe(403)
  expect(await open(url, { cookie: admin.cookie })).toBe(403)

  const bob = await accounts.person(admin, 'bob@example.com')
  const { id } = (await bob.query<{ user: { id: string } }>('account.me')).user
  const elsewhere = accounts.visitor()
  await elsewhere.signIn('bob@example.com', PASSWORD)
  const ways: [string, () => Promise<unknown>][] = [
    ['sign-out', () => bob.signOut()],
    ['ended by an admin', () => admin.mutate('admin.users.endSessions', { id })],
    ['disabled', () => admin.mutate('admin.users.disable', { id })],
  ]
  for (const [way, end] of ways) {
    const reading = await readBoth(accounts, bob)
    const other = way === 'sign-out' ? await opened(accounts, elsewhere) : undefined
    const closed = once(reading.socket, 'close')
    const start = performance.now()
    await end()
    expect((await closed)[0], way).toBe(4401)
    await reading.ended
    expect(performance.now() - start, way).toBeLessThan(1_500)
    // Another session of the same person goes on.
    if (other !== undefined) {
      expect(other.readyState).toBe(WebSocket.OPEN)
      other.close()
    }
    await bob.signIn('bob@example.com', PASSWORD)
  }
  expect(await open(url, bob.headers)).toBe(401)
}, 60_000)

test('a page of another site cannot use the cookies of a browser', async () => {
  await using accounts = await startAccountsStack()
  const admin = await accounts.firstAdmin()
  const call = (
    headers: Record<string, string>,
    path = '/trpc/account.rename',
    body = '{"name":"Mallory"}',
  ) =>
    fetch(`${accounts.stack.api.url}${path}`, {
      method: 'POST',
      body,
      headers: { cookie: admin.cookie, 'content-type': 'application/json', ...headers },
    })
  const foreign: Record<string, string>[] = [
    { origin: 'https://evil.example' },
    { origin: 'null' },
    { origin: `${PAGE}.evil.example` },
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site' },
    {},
  ]
  for (const headers of foreign) {
    expect((await call(headers)).status, JSON.stringify(headers)).toBe(403)
    expect((await call(headers, '/trpc/account.rename?batch=1', '{"0":{"name":"Mallory"}}')).status).toBe(403)
    expect((await call(headers, '/trpc/account.me', '')).status).toBe(403)
    expect((await call(headers, '/api/auth/sign-out', '{}')).status).toBe(403)
    const login = JSON.stringify({ email: 'admin@example.com', password: PASSWORD })
    expect((await call({ ...headers, cookie: '' }, '/api/auth/sign-in/email', login)).status).toBe(403)
  }
  // A GET changes nothing, whoever sends it.
  const get = await admin.fetch(`/trpc/account.rename?input=${encodeURIComponent('{"name":"Mallory"}')}`)
  expect(get.status).toBe(400)
  expect(await admin.query('account.me')).toMatchObject({ user: { name: 'admin' } })
  expect((await call({ origin: PAGE }, undefined, '{"name":"Ada"}')).status).toBe(200)
  expect((await call({ 'sec-fetch-site': 'same-origin' }, undefined, '{"name":"Grace"}')).status).toBe(200)
  expect(await admin.query('account.me')).toMatchObject({ user: { name: 'Grace' } })
}, 60_000)

test('cookies are for the page’s origin only, and the endpoints of better-auth that nobody uses do not exist', async () => {
  await using accounts = await startAccountsStack()
  await accounts.firstAdmin()
  const response = await accounts.visitor().signIn('admin@example.com', PASSWORD)
  const cookies = response.headers.getSetCookie()
  expect(cookies.length).toBeGreaterThan(0)
  for (const cookie of cookies)
    expect(cookie).toMatch(
      /^__Secure-slicechat\.[^;]+;(?=.*; HttpOnly)(?=.*; Secure)(?=.*; SameSite=Lax)(?!.*Domain)/,
    )
  for (const path of [
    'sign-up/email',
    'update-user',
    'delete-user',
    'list-sessions',
    'change-email',
    'verify-password',
  ])
    for (const body of [undefined, {}])
      expect((await accounts.visitor().fetch(`/api/auth/${path}`, body)).status, path).toBe(404)
  await using without = await startStack()
  expect((await fetch(`${without.api.url}/api/auth/get-session`)).status).toBe(404)
}, 60_000)

test('scripts never see the token of a session', async () => {
  await using accounts = await startAccountsStack()
  const admin = await accounts.firstAdmin()
  const token = (decodeURIComponent([...admin.cookies.values()].join()).split('.')[0] ?? '').slice(0, 20)
  expect(token).toHaveLength(20)
  const again = accounts.visitor()
  const signedIn = await again.signIn('admin@example.com', PASSWORD)
  expect([signedIn.status, await signedIn.text()]).toEqual([200, '{}'])
  const session = await admin.fetch('/api/auth/get-session')
  expect([session.status, await session.text()]).toEqual([200, '{}'])
  for (const query of ['account.me', 'account.sessions.list', 'account.export'])
    expect(JSON.stringify(await admin.query(query))).not.toContain(token)
  const out = await again.signOut()
  expect([out.status, await out.text()]).toEqual([200, '{}'])
}, 60_000)

test('of upgrades that a session asks for at the same moment, those are refused for which there is no room', async () => {
  await using accounts = await startAccountsStack({ env: { MAX_CONNECTIONS_PER_OWNER: '10' } })
  const admin = await accounts.firstAdmin()
  const all = await Promise.all(Array.from({ length: 40 }, () => open(accounts.stack.api.url, admin.headers)))
  expect(all.filter((one) => one === 429)).toHaveLength(30)
  for (const one of all) if (typeof one !== 'number') one.terminate()
}, 60_000)

test('connections of one owner and streams of one socket are bounded', async () => {
  await using stack = await startStack({ env: { MAX_CONNECTIONS_PER_OWNER: '50' } })
  const all = await Promise.all(Array.from({ length: 80 }, () => open(stack.api.url, {})))
  expect(all.filter((one) => one === 429)).toHaveLength(30)
  // A call is refused with a code, and served again once there is room.
  expect((await fetch(`${stack.api.url}/trpc/system.status`)).status).toBe(429)
  for (const one of all) if (typeof one !== 'number') one.terminate()
  await until(async () => (await fetch(`${stack.api.url}/trpc/system.status`)).status === 200)

  const { generationId } = await stack
    .client()
    .generate({ messages: [{ role: 'user', content: '[[tokens=100000]]' }] }).ids
  const socket = await open(stack.api.url, {})
  if (typeof socket === 'number') throw new Error('refused')
  const refused = new Set<number>()
  socket.on('message', (raw: Buffer) => {
    const text = raw.toString()
    if (text.includes('RATE_LIMITED')) refused.add((JSON.parse(text) as { id: number }).id)
  })
  for (let from = 0; from < 10_000; from += 1_000)
    socket.send(
      JSON.stringify(
        Array.from({ length: 1_000 }, (_, i) => ({
          id: from + i,
          method: 'subscription',
          params: { path: 'generations.stream', input: { generationId, lastEventId: '900000000' } },
        })),
      ),
    )
  await until(() => refused.size === 5_000, 40_000)
  expect((await stack.metrics()).sum('chat_stream_subscribers')).toBe(5_000)
  socket.terminate()
  await until(async () => (await stack.metrics()).sum('chat_stream_subscribers') === 0, 20_000)
}, 90_000)

test('a body that is too large is refused, and its connection is not cut before that is read', async () => {
  await using accounts = await startAccountsStack()
  const response = await accounts.visitor().signIn('a@example.com', 'x'.repeat(2_000_000))
  expect(response.status).toBe(400)
  expect(await response.json()).toMatchObject({ error: { code: 'BAD_INPUT' } })
})
