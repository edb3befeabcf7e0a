import { randomUUID } from 'node:crypto'
import type { PersonalKey } from '@slicechat/contract'
import { expect, onTestFinished, test } from 'vitest'
import { WebSocket } from 'ws'
import { type AccountsStack, startAccountsStack } from '../testing/accounts-stack.ts'
import { ask, readAll } from '../testing/reading.ts'
import { until } from '../testing/until.ts'

interface Made {
  key: string
  about: PersonalKey
}

const unauthenticated = { data: { code: 'UNAUTHENTICATED', httpStatus: 401 } }
const forbidden = { data: { code: 'FORBIDDEN', httpStatus: 403 } }

const api = ({ stack }: AccountsStack, apiKey: string) => stack.client({ apiKey }).api

test('a key does what it was made for, and its person sees it, never its secret', async () => {
  await using accounts = await startAccountsStack()
  const admin = await accounts.firstAdmin()
  const bob = await accounts.person(admin, 'bob@example.com')
  const { key, about } = await bob.mutate<Made>('account.keys.create', { name: 'laptop', scopes: ['read'] })
  expect(key).toMatch(/^sk-slice-[\w-]{43}$/)
  expect(about).toMatchObject({ name: 'laptop', start: key.slice(0, 13), scopes: ['read'], lastUsedAt: null })
  const reader = api(accounts, key)
  expect(await reader.account.me.query()).toMatchObject({
    user: { email: 'bob@example.com' },
    scopes: ['read'],
  })
  await expect(
    reader.generations.start.mutate({ requestId: randomUUID(), ...ask('x') }),
  ).rejects.toMatchObject({
    ...forbidden,
    message: expect.stringContaining('`chat`') as string,
  })
  await expect(reader.runs.list.query()).rejects.toMatchObject(forbidden)
  await expect(reader.admin.users.list.query()).rejects.toMatchObject(forbidden)
  // A key makes no keys, whatever its scopes.
  const chat = await bob.mutate<Made>('account.keys.create', { name: 'all', scopes: ['chat', 'runs'] })
  await expect(
    api(accounts, chat.key).account.keys.create.mutate({ name: 'x', scopes: ['read'] }),
  ).rejects.toMatchObject(forbidden)
  await expect(bob.mutate('account.keys.create', { name: 'x', scopes: ['admin'] })).rejects.toMatchObject({
    code: 'FORBIDDEN',
  })
  const listed = JSON.stringify(await bob.query('account.keys.list'))
  expect(listed).toContain(about.id)
  expect(listed).not.toContain(key.slice(14))
  // What is written in batches is shown at once.
  const now = expect.stringMatching(/^20..-..-..T/) as string
  expect(await bob.query('account.keys.list')).toContainEqual(
    expect.objectContaining({ id: about.id, lastUsedAt: now }),
  )
  expect(await admin.query('admin.users.list', { limit: 10 })).toMatchObject({
    items: [{ lastSeenAt: now }, { lastSeenAt: now }],
  })
  expect(JSON.stringify(accounts.stack.logs)).not.toContain(key.slice(14))
  // Nobody else sees or revokes it.
  expect(await admin.query('account.keys.list')).toEqual([])
  await expect(admin.mutate('account.keys.revoke', { id: about.id })).rejects.toMatchObject({
    code: 'NOT_FOUND',
  })
})

test('a forged, expired or revoked key, and that of a disabled person, all get the same answer', async () => {
  await using accounts = await startAccountsStack()
  const admin = await accounts.firstAdmin()
  const bob = await accounts.person(admin, 'bob@example.com')
  const make = (more: object = {}) =>
    bob.mutate<Made>('account.keys.create', { name: 'k', scopes: ['chat'], ...more })
  const soon = new Date(Date.now() + 1_500).toISOString()
  const [valid, revoked, expiring] = await Promise.all([make(), make(), make({ expiresAt: soon })])
  await api(accounts, expiring.key).system.status.query()
  await bob.mutate('account.keys.revoke', { id: revoked.about.id })
  await until(() => Date.now() > Date.parse(soon))
  const forged = [
    `${valid.key.slice(0, -1)}${valid.key.endsWith('A') ? 'B' : 'A'}`,
    `sk-slice-${'A'.repeat(43)}`,
    'sk-slice-',
    `sk-slice-${"' or 1=1 --".padEnd(43, '-').replaceAll(' ', '_')}`,
    valid.key.toUpperCase(),
    `${valid.key}A`,
  ]
  const answers = await Promise.all(
    [...forged, revoked.key, expiring.key].map(async (key) => {
      const headers = { authorization: `Bearer ${key}` }
      const response = await fetch(`${accounts.stack.api.url}/trpc/system.status`, { headers })
      return [response.status, await response.text()]
    }),
  )
  expect(new Set(answers.map(([status]) => status))).toEqual(new Set([401]))
  expect(new Set(answers.map(([, text]) => text)).size).toBe(1)
  await expect(
    bob.mutate('account.keys.create', { name: 'k', scopes: ['chat'], expiresAt: soon }),
  ).rejects.toMatchObject({ code: 'BAD_INPUT' })

  await api(accounts, valid.key).system.status.query()
  const { user } = await bob.query<{ user: { id: string } }>('account.me')
  await admin.mutate('admin.users.disable', { id: user.id })
  await expect(api(accounts, valid.key).system.status.query()).rejects.toMatchObject(unauthenticated)
  await admin.mutate('admin.users.remove', { id: user.id })
  await expect(api(accounts, valid.key).system.status.query()).rejects.toMatchObject(unauthenticated)
})

test('a key has no more than its person has now', async () => {
  await using accounts = await startAccountsStack()
  const admin = await accounts.firstAdmin()
  const eve = await accounts.person(admin, 'eve@example.com', 'admin')
  const { key } = await eve.mutate<Made>('account.keys.create', { name: 'ops', scopes: ['admin', 'read'] })
  const { user } = await eve.query<{ user: { id: string } }>('account.me')
  await api(accounts, key).admin.users.list.query()
  await admin.mutate('admin.users.setRole', { id: user.id, role: 'user' })
  await expect(api(accounts, key).admin.users.list.query()).rejects.toMatchObject(forbidden)
  expect(await api(accounts, key).account.me.query()).toMatchObject({ scopes: ['read'] })
})

test('a revoked key ends its sockets, by its person and by an admin', async () => {
  await using accounts = await startAccountsStack()
  const admin = await accounts.firstAdmin()
  const bob = await accounts.person(admin, 'bob@example.com')
  const { user } = await bob.query<{ user: { id: string } }>('account.me')
  for (const revoke of [
    (id: string) => bob.mutate('account.keys.revoke', { id }),
    (id: string) => admin.mutate('admin.keys.revoke', { id }),
  ]) {
    const { key, about } = await bob.mutate<Made>('account.keys.create', { name: 'k', scopes: ['chat'] })
    const socket = new WebSocket(`${accounts.stack.api.url.replace('http', 'ws')}/trpc`, {
      headers: { authorization: `Bearer ${key}` },
    })
    onTestFinished(() => socket.terminate())
    const closed = new Promise((resolve) => socket.once('close', resolve))
    await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject))
    await revoke(about.id)
    await closed
  }
  const keys = await admin.query<PersonalKey[]>('admin.keys.list', { userId: user.id })
  expect(keys.map(({ revokedAt }) => revokedAt !== null)).toEqual([true, true])
  const { items } = await admin.query<{ items: { action: string }[] }>('admin.audit.list')
  expect(items.filter(({ action }) => action === 'key-revoked')).toHaveLength(2)
})

test('admins see usage and running answers, never a text, set budgets and stop answers', async () => {
  await using accounts = await startAccountsStack({ simulator: { itlMs: 20 } })
  const admin = await accounts.firstAdmin()
  const bob = await accounts.person(admin, 'bob@example.com')
  const { user } = await bob.query<{ user: { id: string } }>('account.me')
  const { key, about } = await bob.mutate<Made>('account.keys.create', { name: 'k', scopes: ['chat'] })
  const client = accounts.stack.client({ apiKey: key })
  const done = await readAll(client.send({ content: '[[tokens=3]] a secret' }))
  const { conversationId } = await client.send({ content: '[[tokens=2000]] a secret' }).ids
  const [running] = await admin.query<{ id: string; label: string }[]>('admin.answers.list')
  expect(running).toMatchObject({ label: 'bob@example.com', door: 'trpc', owner: user.id })
  expect(JSON.stringify(running)).not.toContain('secret')
  await expect(bob.query('admin.answers.list')).rejects.toMatchObject({ code: 'FORBIDDEN' })
  expect(await admin.mutate('admin.answers.stop', { id: running?.id })).toEqual({ stopped: true })
  await until(async () => (await admin.query<unknown[]>('admin.answers.list')).length === 0)

  // The removal of the chat gives nothing back.
  await client.api.conversations.remove.mutate({ id: conversationId })
  const day = new Date().toISOString().slice(0, 10)
  const range = { from: day, to: day }
  await until(async () => (await bob.query<{ answers: number }[]>('account.usage', range))[0]?.answers === 2)
  const [usage] = await admin.query<{ promptTokens: number; completionTokens: number }[]>(
    'admin.usage',
    range,
  )
  expect(usage).toMatchObject({ owner: user.id, label: 'bob@example.com', answers: 2 })
  expect(usage?.promptTokens).toBeGreaterThanOrEqual(2 * (done.finished.usage?.promptTokens ?? Infinity))

  const limits = { answersAtOnce: null, requestsPerMinute: 1, tokensPerDay: null }
  await admin.mutate('admin.budgets.set', { subject: { kind: 'key', keyId: about.id }, budget: limits })
  await client.generate(ask('[[tokens=2]] x')).ids
  await expect(client.generate(ask('x')).ids).rejects.toMatchObject({
    code: 'RATE_LIMITED',
    message: expect.stringContaining('This key') as string,
  })
  expect(await client.api.account.budget.query()).toMatchObject({ requestsPerMinute: { limit: 1, used: 1 } })
  await admin.mutate('admin.budgets.set', {
    subject: { kind: 'owner', owner: user.id },
    budget: { ...limits, requestsPerMinute: null, tokensPerDay: 1 },
  })
  await expect(
    bob.mutate('conversations.send', { requestId: randomUUID(), content: 'x' }),
  ).rejects.toMatchObject({
    code: 'RATE_LIMITED',
  })
  const { items } = await admin.query<{ items: object[] }>('admin.users.list')
  expect(items).toContainEqual(
    expect.objectContaining({
      email: 'bob@example.com',
      keys: 1,
      budget: expect.objectContaining({ tokensPerDay: 1 }) as object,
    }),
  )
  expect(await admin.query('admin.budgets.get')).toMatchObject({
    own: [{ subject: { kind: 'key', keyId: about.id } }, { label: 'bob@example.com' }],
  })
})
