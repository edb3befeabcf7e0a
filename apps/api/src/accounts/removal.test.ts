import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { openDatabase } from '../store/database.ts'
import { PASSWORD, startAccountsStack, tokenOf } from '../testing/accounts-stack.ts'
import type { PageVisitor } from '../testing/page-visitor.ts'
import { ask, readAll } from '../testing/reading.ts'
import { suiteStore } from '../testing/suite-store.ts'

/** Keeps what happened, also about people who are gone: docs/security.md says for how long. */
const KEEPS_THEM = 'audit_log'
const LIMITS = { answersAtOnce: 2, requestsPerMinute: null, tokensPerDay: null }

const idOf = async (visitor: PageVisitor): Promise<string> =>
  (await visitor.query<{ user: { id: string } }>('account.me')).user.id

test('of a person who is removed no table has anything but the audit log', async () => {
  const DATA_DIR = await mkdtemp(join(tmpdir(), 'slicechat-removal-'))
  onTestFinished(() => rm(DATA_DIR, { recursive: true }))
  const traces: string[] = []
  {
    await using accounts = await startAccountsStack({ env: { DATA_DIR } })
    const admin = await accounts.firstAdmin()
    const bob = await accounts.person(admin, 'bob-to-be-removed@example.com', 'admin')
    await accounts.visitor().signIn('bob-to-be-removed@example.com', PASSWORD)
    const id = await idOf(bob)
    const make = { name: 'k', scopes: ['chat', 'runs'] }
    const { key, about } = await bob.mutate<{ key: string; about: { id: string } }>(
      'account.keys.create',
      make,
    )
    traces.push(id, about.id, 'bob-to-be-removed')
    const program = accounts.stack.client({ apiKey: key })
    await readAll(program.send({ content: '[[tokens=3]] hello' }))
    await readAll(program.generate(ask('[[tokens=3]] hello')))
    const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' }
    const body = JSON.stringify({ messages: [{ role: 'user', content: '[[tokens=3]] hello' }] })
    const door = `${accounts.stack.api.url}/v1/chat/completions`
    expect((await fetch(door, { method: 'POST', headers, body })).status).toBe(200)
    await bob.mutate('conversations.send', { requestId: randomUUID(), content: '[[tokens=100000]] endless' })
    for (const subject of [
      { kind: 'owner', owner: id },
      { kind: 'key', keyId: about.id },
    ])
      await admin.mutate('admin.budgets.set', { subject, budget: LIMITS })
    await bob.mutate('admin.users.invite', {})
    await admin.mutate('admin.users.resetLink', { id })
    await admin.mutate('admin.users.remove', { id })
    expect(await admin.query('admin.budgets.get')).toMatchObject({ own: [] })
  }
  await using store = await suiteStore({ DATA_DIR })
  const database = await openDatabase({ DATA_DIR, ...store.env })
  const found: string[] = []
  for (const { name } of await database.introspection.getTables()) {
    const rows = await database
      .selectFrom(name as 'users')
      .selectAll()
      .execute()
    const text = JSON.stringify(rows)
    if (traces.some((trace) => text.includes(trace))) found.push(name)
  }
  await database.destroy()
  expect(found).toEqual([KEEPS_THEM])
}, 60_000)

test('links that somebody made as an admin end with the right to make them', async () => {
  await using accounts = await startAccountsStack()
  const admin = await accounts.firstAdmin()
  const acts: [string, (id: string) => Promise<unknown>][] = [
    ['demoted', (id) => admin.mutate('admin.users.setRole', { id, role: 'user' })],
    ['disabled', (id) => admin.mutate('admin.users.disable', { id })],
    ['removed', (id) => admin.mutate('admin.users.remove', { id })],
  ]
  for (const [name, act] of acts) {
    const eve = await accounts.person(admin, `${name}@example.com`, 'admin')
    const { url } = await eve.mutate<{ url: string }>('admin.users.invite', { role: 'admin' })
    const reset = await eve.mutate<{ url: string }>('admin.users.resetLink', { id: await idOf(admin) })
    const own = await admin.mutate<{ url: string }>('admin.users.invite', {})
    await act(await idOf(eve))
    const visitor = accounts.visitor()
    await expect(visitor.mutate('access.invitation', { token: tokenOf(url) }), name).rejects.toMatchObject({
      code: 'NOT_FOUND',
    })
    const set = { token: tokenOf(reset.url), password: 'chosen by somebody else' }
    await expect(visitor.mutate('access.resetPassword', set), name).rejects.toMatchObject({
      code: 'NOT_FOUND',
    })
    await visitor.mutate('access.invitation', { token: tokenOf(own.url) })
  }
}, 60_000)
