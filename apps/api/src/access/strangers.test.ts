import { randomUUID } from 'node:crypto'
import { aRun } from '@slicechat/run/testing'
import { expect, test } from 'vitest'
import { appRouter } from '../router.ts'
import { startAccountsStack } from '../testing/accounts-stack.ts'
import type { PageVisitor } from '../testing/page-visitor.ts'

/** What belongs to the person whom a stranger tries to reach. */
interface Prey {
  userId: string
  conversationId: string
  messageId: string
  generationId: string
  sessionId: string
  keyId: string
  runId: string
}

interface Made {
  key: string
  about: { id: string; start: string }
}

const DAYS = { from: '2026-01-01', to: '2026-12-31' }

/**
 * Every procedure, with the input with which a stranger reaches for what is another's. `NOT_FOUND` and `FORBIDDEN` are the codes that
 * it must get; `own` means that it gets an answer, in which nothing of the other may stand. Whoever adds a procedure adds a row.
 */
const PROCEDURES: Record<string, ['NOT_FOUND' | 'FORBIDDEN' | 'own', (prey: Prey) => unknown]> = {
  'access.mode': ['own', () => undefined],
  'access.invitation': ['NOT_FOUND', () => ({ token: 'x'.repeat(32) })],
  'access.acceptInvitation': [
    'NOT_FOUND',
    () => ({ token: 'x'.repeat(32), name: 'X', email: 'x@example.com', password: 'x' }),
  ],
  'access.requestReset': ['NOT_FOUND', () => ({ email: 'victim@example.com' })],
  'access.resetPassword': ['NOT_FOUND', () => ({ token: 'x'.repeat(32), password: 'x' })],
  'account.me': ['own', () => undefined],
  'account.sessions.list': ['own', () => undefined],
  'account.sessions.revoke': ['NOT_FOUND', ({ sessionId: id }) => ({ id })],
  'account.rename': ['own', () => ({ name: 'Stranger' })],
  'account.changePassword': ['own', () => ({ currentPassword: 'wrong', newPassword: 'wrong wrong wrong' })],
  'account.export': ['own', () => ({ cursor: 'conversations:' })],
  'account.remove': ['own', () => ({ password: 'wrong' })],
  'account.keys.list': ['own', () => undefined],
  'account.keys.create': ['own', () => ({ name: 'mine', scopes: ['read'] })],
  'account.keys.revoke': ['NOT_FOUND', ({ keyId: id }) => ({ id })],
  'account.budget': ['own', () => undefined],
  'account.usage': ['own', () => DAYS],
  'admin.users.list': ['FORBIDDEN', () => undefined],
  'admin.users.invite': ['FORBIDDEN', () => ({})],
  'admin.users.setRole': ['FORBIDDEN', ({ userId: id }) => ({ id, role: 'user' })],
  'admin.users.disable': ['FORBIDDEN', ({ userId: id }) => ({ id })],
  'admin.users.enable': ['FORBIDDEN', ({ userId: id }) => ({ id })],
  'admin.users.resetLink': ['FORBIDDEN', ({ userId: id }) => ({ id })],
  'admin.users.endSessions': ['FORBIDDEN', ({ userId: id }) => ({ id })],
  'admin.users.remove': ['FORBIDDEN', ({ userId: id }) => ({ id })],
  'admin.invitations.list': ['FORBIDDEN', () => undefined],
  'admin.invitations.revoke': ['FORBIDDEN', () => ({ id: randomUUID() })],
  'admin.audit.list': ['FORBIDDEN', () => undefined],
  'admin.audit.export': ['FORBIDDEN', () => ({})],
  'admin.keys.list': ['FORBIDDEN', ({ userId }) => ({ userId })],
  'admin.keys.revoke': ['FORBIDDEN', ({ keyId: id }) => ({ id })],
  'admin.budgets.get': ['FORBIDDEN', () => undefined],
  'admin.budgets.set': [
    'FORBIDDEN',
    ({ userId: owner }) => ({ subject: { kind: 'owner', owner }, budget: null }),
  ],
  'admin.usage': ['FORBIDDEN', () => DAYS],
  'admin.answers.list': ['FORBIDDEN', () => undefined],
  'admin.answers.stop': ['FORBIDDEN', ({ generationId: id }) => ({ id })],
  'models.list': ['own', () => undefined],
  'generations.start': [
    'own',
    () => ({ requestId: randomUUID(), messages: [{ role: 'user', content: '[[tokens=2]] hi' }] }),
  ],
  'generations.stream': ['NOT_FOUND', ({ generationId }) => ({ generationId })],
  'generations.stop': ['NOT_FOUND', ({ generationId }) => ({ generationId })],
  'generations.report': [
    'NOT_FOUND',
    ({ generationId }) => ({ generationId, ttftMs: 1, interTokenMsMean: 1, longestGapMs: 1 }),
  ],
  'conversations.list': ['own', () => ({ query: 'secret' })],
  'conversations.get': ['NOT_FOUND', ({ conversationId: id }) => ({ id })],
  'conversations.send': [
    'NOT_FOUND',
    ({ conversationId }) => ({ requestId: randomUUID(), conversationId, content: 'x' }),
  ],
  'conversations.regenerate': ['NOT_FOUND', ({ messageId }) => ({ requestId: randomUUID(), messageId })],
  'conversations.rename': ['NOT_FOUND', ({ conversationId: id }) => ({ id, title: 'x' })],
  'conversations.remove': ['NOT_FOUND', ({ conversationId: id }) => ({ id })],
  'conversations.export': ['NOT_FOUND', ({ conversationId: id }) => ({ id })],
  'conversations.import': [
    'own',
    () => ({ format: 'slicechat-conversation', version: 1, title: 'Mine', messages: [] }),
  ],
  'runs.upload': ['own', () => ({ run: aRun({ id: randomUUID(), name: 'mine' }) })],
  'runs.list': ['own', () => ({ query: 'secret' })],
  'runs.get': ['NOT_FOUND', ({ runId: id }) => ({ id })],
  'runs.remove': ['NOT_FOUND', ({ runId: id }) => ({ id })],
  'system.status': ['own', () => undefined],
}

/**
 * Every route of the HTTP server, with what guards it. Whoever adds one adds a row, and a test of its own if it is no procedure.
 */
const ROUTES: Record<string, string> = {
  'GET /healthz': 'open',
  'HEAD /healthz': 'open',
  'GET /health': 'open',
  'HEAD /health': 'open',
  'GET /readyz': 'open',
  'HEAD /readyz': 'open',
  'ALL /trpc/*': 'the procedures above',
  'POST /v1/chat/completions': 'keeps nothing that could be read: door.test.ts',
  'POST /v1/completions': 'keeps nothing that could be read: door.test.ts',
  'GET /v1/models': 'needs a key: below',
  'HEAD /v1/models': 'needs a key: below',
  'GET /v1/models/*': 'needs a key: below',
  'HEAD /v1/models/*': 'needs a key: below',
  'ALL /v1/*': 'nothing is there',
  'GET /api/auth/get-session': 'shows the session of the cookie only',
  'HEAD /api/auth/get-session': 'shows the session of the cookie only',
  'GET /api/auth/callback/oidc': 'oidc.test.ts',
  'HEAD /api/auth/callback/oidc': 'oidc.test.ts',
  'POST /api/auth/sign-in/email': 'password.test.ts',
  'POST /api/auth/sign-in/social': 'oidc.test.ts',
  'POST /api/auth/sign-out': 'sessions.test.ts',
}

const KEY = 'stranger-0123456789abcdef'

test('no procedure lets a foreign session, personal key or environment’s key reach what is another’s', async () => {
  const known = Object.keys(appRouter._def.procedures)
  expect(known.toSorted()).toEqual(Object.keys(PROCEDURES).toSorted())

  await using accounts = await startAccountsStack({ env: { API_KEYS: `ci:${KEY}` } })
  const admin = await accounts.firstAdmin()
  const victim = await accounts.person(admin, 'victim@example.com')
  const stranger = await accounts.person(admin, 'stranger@example.com')
  const sent = await victim.mutate<Pick<Prey, 'conversationId' | 'messageId' | 'generationId'>>(
    'conversations.send',
    {
      requestId: randomUUID(),
      content: '[[tokens=100000]] my secret',
    },
  )
  const { user } = await victim.query<{ user: { id: string } }>('account.me')
  const [session] = await victim.query<{ id: string }[]>('account.sessions.list')
  const makeKey = (person: PageVisitor): Promise<Made> =>
    person.mutate<Made>('account.keys.create', { name: 'all', scopes: ['chat', 'read', 'runs'] })
  const [victims, strangers] = [await makeKey(victim), await makeKey(stranger)]
  const run = aRun({ id: randomUUID(), name: 'my secret run' })
  await victim.mutate('runs.upload', { run })
  const prey: Prey = {
    ...{ ...sent, userId: user.id, sessionId: session?.id ?? '', keyId: victims.about.id, runId: run.id },
  }
  const before = await victim.query<{ messages: unknown[] }>('conversations.get', { id: prey.conversationId })

  const { sessionId, conversationId, keyId } = prey
  const secrets = [
    'my secret',
    'victim@',
    conversationId,
    sessionId,
    user.id,
    keyId,
    victims.about.start,
    run.id,
  ]

  /** Calls as a stranger does. @returns the whole answer as text */
  const callers: Record<string, (name: string, type: string, input: unknown) => Promise<string>> = {
    session: (name, type, input) => call(stranger, name, type, input, {}),
    ...Object.fromEntries(
      Object.entries({ 'personal key': strangers.key, 'key of the environment': KEY }).map(([kind, key]) => [
        kind,
        (name, type, input) =>
          call(accounts.visitor(), name, type, input, { authorization: `Bearer ${key}` }),
      ]),
    ),
  }
  for (const [caller, ask] of Object.entries(callers))
    for (const [name, [expected, inputOf]] of Object.entries(PROCEDURES)) {
      const { type } = (appRouter._def.procedures as unknown as Record<string, { _def: { type: string } }>)[
        name
      ]?._def ?? {
        type: '',
      }
      const answer = await ask(name, type, inputOf(prey))
      const about = `${name} with a ${caller}: ${answer.slice(0, 200)}`
      if (expected !== 'own') expect(answer, about).toContain(expected)
      for (const secret of secrets) expect(answer.includes(secret), about).toBe(false)
    }
  // Nothing of the victim's was changed or stopped, and it can still go on.
  const after = await victim.query<{ messages: { generation?: { status: string } }[] }>('conversations.get', {
    id: prey.conversationId,
  })
  expect(after.messages).toHaveLength(before.messages.length)
  expect(after.messages[1]?.generation?.status).toBe('running')
  expect(await victim.query('runs.get', { id: run.id })).toMatchObject({ id: run.id, name: 'my secret run' })
  const runs = await victim.query<{ items: unknown[] }>('runs.list', {})
  expect(runs.items).toHaveLength(1)
  // The victim's key is not revoked.
  const withKey = { authorization: `Bearer ${victims.key}` }
  expect((await accounts.visitor().fetch('/trpc/account.me', undefined, withKey)).status).toBe(200)
  expect(await victim.mutate('generations.stop', { generationId: prey.generationId })).toEqual({
    stopped: true,
  })
}, 60_000)

async function call(
  visitor: PageVisitor,
  name: string,
  type: string,
  input: unknown,
  headers: Record<string, string>,
): Promise<string> {
  const query = input === undefined ? '' : `?input=${encodeURIComponent(JSON.stringify(input))}`
  const response =
    type === 'mutation'
      ? await visitor.fetch(`/trpc/${name}`, input ?? {}, headers)
      : await visitor.fetch(`/trpc/${name}${query}`, undefined, headers)
  return response.text()
}

test('every route of the server is known', async () => {
  await using accounts = await startAccountsStack()
  const methods = new Map<string, string[]>()
  for (const { method, url } of accounts.stack.api.routes)
    methods.set(url, [...(methods.get(url) ?? []), method])
  const routes = [...methods].flatMap(([url, all]) =>
    all.length > 3 ? [`ALL ${url}`] : all.map((method) => `${method} ${url}`),
  )
  expect(routes.toSorted()).toEqual(Object.keys(ROUTES).toSorted())
  // A session is for pages: programs that speak OpenAI's protocol need a key.
  const admin = await accounts.firstAdmin()
  expect((await admin.fetch('/v1/models')).status).toBe(401)
  expect((await admin.fetch('/v1/chat/completions', { messages: [] })).status).toBe(401)
})
