import { expect, test } from 'vitest'
import { type AccountsStack, PASSWORD, startAccountsStack, tokenOf } from '../testing/accounts-stack.ts'
import type { PageVisitor } from '../testing/page-visitor.ts'

interface Listed<T> {
  items: T[]
}

const actions = async (admin: PageVisitor): Promise<string[]> =>
  (await admin.query<Listed<{ action: string }>>('admin.audit.list', { limit: 500 })).items.map(
    ({ action }) => action,
  )

const signUp = (
  accounts: AccountsStack,
  token: string,
  over: Record<string, string> = {},
): Promise<unknown> =>
  accounts.visitor().mutate('access.acceptInvitation', {
    token,
    email: 'new@example.com',
    name: 'New',
    password: PASSWORD,
    ...over,
  })

test('people come in by invitations that work once, and only as they were meant', async () => {
  await using accounts = await startAccountsStack()
  const visitor = accounts.visitor()
  expect(await visitor.query('access.mode')).toEqual({
    auth: 'password',
    provider: null,
    resetByEmail: false,
  })
  await expect(visitor.query('account.me')).rejects.toMatchObject({ code: 'UNAUTHENTICATED' })
  const admin = await accounts.firstAdmin()
  await expect(signUp(accounts, accounts.firstAdminToken())).rejects.toMatchObject({ code: 'NOT_FOUND' })
  expect(await admin.query('account.me')).toMatchObject({
    user: { email: 'admin@example.com', role: 'admin' },
    scopes: ['chat', 'read', 'runs', 'admin'],
  })

  const invite = (input: object) => admin.mutate<{ url: string }>('admin.users.invite', input)
  const token = tokenOf((await invite({ email: 'Bob@example.com', role: 'user' })).url)
  expect(await visitor.mutate('access.invitation', { token })).toMatchObject({
    email: 'bob@example.com',
    role: 'user',
  })
  await expect(signUp(accounts, token)).rejects.toMatchObject({ code: 'BAD_INPUT' })
  for (const password of ['short', 'aaaaaaaaaaaa', 'Password123', 'bob@example.com'])
    await expect(signUp(accounts, token, { email: 'bob@example.com', password })).rejects.toMatchObject({
      code: 'BAD_INPUT',
    })
  // Of many at once, one gets in.
  const all = await Promise.allSettled(
    Array.from({ length: 4 }, () => signUp(accounts, token, { email: 'bob@example.com' })),
  )
  expect(all.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
  const person = accounts.visitor()
  expect((await person.signIn('BOB@example.com', PASSWORD)).status).toBe(200)
  await expect(person.query('admin.users.list')).rejects.toMatchObject({ code: 'FORBIDDEN' })

  // An address that is taken leaves the invitation as it was.
  const open = tokenOf((await invite({})).url)
  await expect(signUp(accounts, open, { email: 'bob@example.com' })).rejects.toMatchObject({
    code: 'BAD_INPUT',
  })
  await signUp(accounts, open)
  const revoked = tokenOf((await invite({})).url)
  const [listed] = await admin.query<{ id: string; invitedBy: string }[]>('admin.invitations.list')
  expect(listed).toMatchObject({ invitedBy: 'admin@example.com' })
  await admin.mutate('admin.invitations.revoke', { id: listed?.id })
  await expect(signUp(accounts, revoked, { email: 'x@example.com' })).rejects.toMatchObject({
    code: 'NOT_FOUND',
  })
  expect(new Set(await actions(admin))).toEqual(
    new Set(['sign-up', 'sign-in', 'user-invited', 'invitation-revoked']),
  )
  // Neither the audit log nor the API's own log knows a token or a password.
  const logs = JSON.stringify(
    accounts.stack.logs.filter(({ msg }) => !String(msg).startsWith('there is no admin')),
  )
  for (const secret of [token, open, revoked, PASSWORD]) expect(logs).not.toContain(secret)
  const exported = await admin.query<{ text: string }>('admin.audit.export', { format: 'csv' })
  expect(exported.text.split('\n')[0]).toBe('at,action,actor,actorLabel,subject,ipAddress,details')
}, 60_000)

test('a hundred wrong passwords are slowed, written down, and tell nobody which accounts exist', async () => {
  await using accounts = await startAccountsStack({ env: { TRUSTED_PROXIES: '127.0.0.1' } })
  const admin = await accounts.firstAdmin()
  await accounts.person(admin, 'bob@example.com')
  const tryOne = async (email: string, from: string) => {
    const response = await accounts.visitor().signIn(email, 'wrong password', { 'x-forwarded-for': from })
    const { status, headers } = response
    return { status, body: await response.text(), retryAfter: headers.get('retry-after') }
  }
  const known = await tryOne('bob@example.com', '192.0.2.1')
  expect(known.status).toBe(401)
  expect(await tryOne('nobody@example.com', '192.0.2.2')).toEqual(known)
  // One account from many addresses, then many accounts from one address.
  const account = await Promise.all(
    Array.from({ length: 50 }, (_, i) => tryOne('bob@example.com', `198.51.100.${i}`)),
  )
  const more = await Promise.all([1, 2, 3].map((i) => tryOne('bob@example.com', `192.0.2.${i}`)))
  expect(more.map(({ status }) => status)).toContain(429)
  const address = await Promise.all(
    Array.from({ length: 50 }, (_, i) => tryOne(`x${i}@example.com`, '203.0.113.9')),
  )
  const count = (all: { status: number }[], status: number) =>
    all.filter((one) => one.status === status).length
  expect(count(account, 401)).toBeLessThanOrEqual(12)
  expect(count(address, 401)).toBeLessThanOrEqual(33)
  expect(count(account, 429) + count(account, 401)).toBe(50)
  expect(count(address, 429) + count(address, 401)).toBe(50)
  // Who is slowed is told for how long.
  for (const { status, body, retryAfter } of [...account, ...address].filter((one) => one.status === 429)) {
    const { error } = JSON.parse(body) as { error: { code: string; retryAfterMs: number } }
    expect(error).toMatchObject({ code: 'RATE_LIMITED', retryable: true })
    expect(error.retryAfterMs).toBeGreaterThan(0)
    expect(error.retryAfterMs).toBeLessThanOrEqual(6_000)
    expect([status, retryAfter]).toEqual([429, String(Math.ceil(error.retryAfterMs / 1_000))])
  }
  // Others sign in as ever.
  expect((await accounts.visitor().signIn('admin@example.com', PASSWORD)).status).toBe(200)
  // An address that is forged behind an untrusted hop is not believed: see client-address.test.ts.
  const log = await actions(admin)
  expect(log.filter((action) => action === 'sign-in-failed').length).toBeGreaterThan(10)
  expect(log).toContain('sign-in-slowed')
}, 60_000)

test('a session ends for good with its sign-out, its person, its password and its admin’s word', async () => {
  await using accounts = await startAccountsStack()
  const admin = await accounts.firstAdmin()
  const bob = await accounts.person(admin, 'bob@example.com')
  const stolen = accounts.visitor()
  const steal = (): void => {
    stolen.cookies.clear()
    for (const [name, value] of bob.cookies) stolen.cookies.set(name, value)
  }
  const works = (visitor: PageVisitor): Promise<boolean> =>
    visitor.query('account.me').then(
      () => true,
      () => false,
    )
  steal()
  expect(await works(stolen)).toBe(true)
  await bob.signOut()
  expect(await works(stolen)).toBe(false)

  // Nobody can give a browser a session that the next one who signs in there would share.
  expect((await stolen.signIn('bob@example.com', PASSWORD)).status).toBe(200)
  bob.cookies.clear()
  await bob.signIn('bob@example.com', PASSWORD)
  const before = bob.cookie
  steal()
  await bob.signIn('bob@example.com', PASSWORD)
  expect(bob.cookie).not.toBe(before)
  expect(await works(stolen)).toBe(false)

  // A new password ends the other sessions.
  steal()
  const second = accounts.visitor()
  await second.signIn('bob@example.com', PASSWORD)
  const next = 'another good password'
  await expect(
    second.mutate('account.changePassword', { currentPassword: 'wrong', newPassword: next }),
  ).rejects.toMatchObject({ code: 'BAD_INPUT' })
  await second.mutate('account.changePassword', { currentPassword: PASSWORD, newPassword: next })
  expect([await works(stolen), await works(second)]).toEqual([false, true])

  // A link of an admin sets a new one, once.
  const { items } = await admin.query<Listed<{ id: string; email: string }>>('admin.users.list')
  const id = items.find(({ email }) => email === 'bob@example.com')?.id ?? ''
  const token = tokenOf((await admin.mutate<{ url: string }>('admin.users.resetLink', { id })).url)
  await expect(accounts.visitor().mutate('access.invitation', { token })).rejects.toMatchObject({
    code: 'NOT_FOUND',
  })
  await accounts.visitor().mutate('access.resetPassword', { token, password: PASSWORD })
  await expect(
    accounts.visitor().mutate('access.resetPassword', { token, password: PASSWORD }),
  ).rejects.toMatchObject({ code: 'NOT_FOUND' })
  expect(await works(second)).toBe(false)

  await bob.signIn('bob@example.com', PASSWORD)
  await admin.mutate('admin.users.disable', { id })
  expect(await works(bob)).toBe(false)
  expect((await bob.signIn('bob@example.com', PASSWORD)).status).toBe(403)
  await admin.mutate('admin.users.enable', { id })
  expect((await bob.signIn('bob@example.com', PASSWORD)).status).toBe(200)

  const me = await admin.query<{ user: { id: string } }>('account.me')
  for (const act of ['admin.users.disable', 'admin.users.remove'])
    await expect(admin.mutate(act, { id: me.user.id })).rejects.toMatchObject({ code: 'FORBIDDEN' })
  await expect(admin.mutate('admin.users.setRole', { id: me.user.id, role: 'user' })).rejects.toMatchObject({
    code: 'FORBIDDEN',
  })
  await expect(admin.mutate('account.remove', { password: PASSWORD })).rejects.toMatchObject({
    code: 'FORBIDDEN',
  })
}, 60_000)

test('the first admin takes over what was there; what a person has goes with it', async () => {
  await using accounts = await startAccountsStack({ env: { API_KEYS: 'local:local-0123456789abcdef' } })
  const program = accounts.stack.client({ apiKey: 'local-0123456789abcdef' })
  const { conversationId, generationId } = await program.send({
    content: '[[tokens=100000]] before accounts',
  }).ids
  const admin = await accounts.firstAdmin()
  const list = await admin.query<Listed<{ id: string }>>('conversations.list')
  expect(list.items.map(({ id }) => id)).toEqual([conversationId])
  expect((await program.api.conversations.list.query()).items).toEqual([])
  await program.stop(generationId).catch(() => {})

  const bob = await accounts.person(admin, 'bob@example.com')
  const mine = await bob.mutate<{ generationId: string }>('conversations.send', {
    requestId: crypto.randomUUID(),
    content: '[[tokens=100000]] endless',
  })
  expect(mine.generationId).toBeTruthy()
  const first = await bob.query<{ items: unknown[]; nextCursor: string }>('account.export')
  const second = await bob.query<{ items: { type: string }[]; nextCursor: string }>('account.export', {
    cursor: first.nextCursor,
  })
  expect(second.items).toMatchObject([
    { type: 'conversation', conversation: { format: 'slicechat-conversation' } },
  ])
  const last = await bob.query('account.export', { cursor: second.nextCursor })
  expect(last).toEqual({ items: [], nextCursor: null })
  await expect(bob.mutate('account.remove', { password: 'wrong' })).rejects.toMatchObject({
    code: 'BAD_INPUT',
  })
  await bob.mutate('account.remove', { password: PASSWORD })
  await expect(bob.query('account.me')).rejects.toMatchObject({ code: 'UNAUTHENTICATED' })
  expect((await bob.signIn('bob@example.com', PASSWORD)).status).toBe(401)
  const users = await admin.query<Listed<{ email: string }>>('admin.users.list')
  expect(users.items.map(({ email }) => email)).toEqual(['admin@example.com'])
}, 60_000)
