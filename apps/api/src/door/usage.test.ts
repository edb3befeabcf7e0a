import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { Budget, BudgetStatus, PersonalKey, RunningAnswer, UsageDay } from '@slicechat/contract'
import OpenAI from 'openai'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openDatabase } from '../store/database.ts'
import { type AccountsStack, PASSWORD, startAccountsStack } from '../testing/accounts-stack.ts'
import type { PageVisitor } from '../testing/page-visitor.ts'
import { ON_POSTGRES } from '../testing/env.ts'
import { suiteStore } from '../testing/suite-store.ts'
import { until } from '../testing/until.ts'

let folder = ''
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'slicechat-'))))
afterEach(() => rmSync(folder, { recursive: true, force: true }))

interface Made {
  key: string
  about: PersonalKey
}

const start = (): Promise<AccountsStack> => startAccountsStack({ env: { DATA_DIR: folder } })
const openai = ({ stack }: AccountsStack, apiKey: string): OpenAI =>
  new OpenAI({ baseURL: `${stack.api.url}/v1`, apiKey, maxRetries: 0 })
const say = (content: string) => ({ model: '', messages: [{ role: 'user' as const, content }] })
const makeKey = (visitor: PageVisitor): Promise<Made> =>
  visitor.mutate<Made>('account.keys.create', { name: 'k', scopes: ['chat'] })
const idOf = async (visitor: PageVisitor): Promise<string> =>
  (await visitor.query<{ user: { id: string } }>('account.me')).user.id
const used = async ({ stack }: AccountsStack, apiKey: string): Promise<number | undefined> =>
  (await stack.client({ apiKey }).api.account.budget.query()).tokensPerDay?.used
const usage = (visitor: PageVisitor): Promise<UsageDay[]> => {
  const day = new Date().toISOString().slice(0, 10)
  return visitor.query<UsageDay[]>('account.usage', { from: day, to: day })
}

test('the tokens of the day still count after a restart, for a key and for its person', async () => {
  const limits: Budget = { answersAtOnce: null, requestsPerMinute: null, tokensPerDay: 1_000_000 }
  let made: Made
  let tokens: number
  {
    await using accounts = await start()
    const admin = await accounts.firstAdmin()
    const bob = await accounts.person(admin, 'bob@example.com')
    made = await makeKey(bob)
    const subject = { kind: 'owner', owner: await idOf(bob) }
    await admin.mutate('admin.budgets.set', { subject, budget: limits })
    const { chat } = openai(accounts, made.key)
    const whole = await chat.completions.create(say('[[tokens=30]] one'))
    tokens = whole.usage?.total_tokens ?? 0
    expect(tokens).toBeGreaterThan(30)
    const stream = await chat.completions.create({
      ...{ ...say('[[tokens=20]] two'), stream: true, stream_options: { include_usage: true } },
    })
    for await (const { usage } of stream) tokens += usage?.total_tokens ?? 0
    await until(async () => (await used(accounts, made.key)) === tokens)
    await until(async () => (await usage(bob))[0]?.answers === 2)
  }
  await using accounts = await start()
  expect(await used(accounts, made.key)).toBe(tokens)
  const [bob, admin] = [accounts.visitor(), accounts.visitor()]
  await bob.signIn('bob@example.com', PASSWORD)
  await admin.signIn('admin@example.com', PASSWORD)
  expect(await bob.query<BudgetStatus>('account.budget')).toMatchObject({ tokensPerDay: { used: tokens } })
  const [day] = await usage(bob)
  expect((day?.promptTokens ?? 0) + (day?.completionTokens ?? 0)).toBe(tokens)

  // The key's own tokens are known as well: a limit of what it has used leaves it nothing, and its person the rest.
  const subject = { kind: 'key', keyId: made.about.id }
  await admin.mutate('admin.budgets.set', { subject, budget: { ...limits, tokensPerDay: tokens } })
  const refused = openai(accounts, made.key).chat.completions.create(say('x'))
  await expect(refused).rejects.toMatchObject({
    ...{ status: 429, code: 'RATE_LIMITED', message: expect.stringContaining('This key') as string },
  })
  const other = await makeKey(bob)
  await openai(accounts, other.key).chat.completions.create(say('[[tokens=2]] x'))
}, 60_000)

// The lock is SQLite's; store/outages.postgres.test.ts has a PostgreSQL that is away.
test.skipIf(ON_POSTGRES)(
  'what was used while the store fails is stored when it works again, also at the end of the API',
  async () => {
    await using accounts = await start()
    const admin = await accounts.firstAdmin()
    const { key } = await makeKey(admin)
    const { chat } = openai(accounts, key)
    const stream = await chat.completions.create({ ...say('[[tokens=2000]] x'), stream: true })
    // Another program holds the write lock.
    using other = new DatabaseSync(join(folder, 'slicechat.db'))
    other.exec('BEGIN IMMEDIATE')
    for await (const chunk of stream) void chunk
    await until(() => accounts.stack.logs.some(({ msg }) => String(msg).includes('could not store what')))
    other.exec('ROLLBACK')
    await until(async () => (await usage(admin))[0]?.completionTokens === 2_000)
    await chat.completions.create(say('[[tokens=5]] x'))
    await accounts.stack.drain()
    expect(other.prepare('select answers, completion_tokens as tokens from usage_days').all()).toMatchObject([
      { answers: 2, tokens: 2_005 },
    ])
  },
  60_000,
)

test('an admin sees a running answer of the door, never its text, and stops it', async () => {
  await using accounts = await start()
  const admin = await accounts.firstAdmin()
  const bob = await accounts.person(admin, 'bob@example.com')
  const { key } = await makeKey(bob)
  const asked = openai(accounts, key).chat.completions.create({
    ...{ ...say('[[tokens=100000]] a secret'), stream: true },
  })
  const reading = (async () => {
    for await (const chunk of await asked) void chunk
  })()
  const list = (): Promise<RunningAnswer[]> => admin.query<RunningAnswer[]>('admin.answers.list')
  const running = await until(async () => (await list()).find(({ status }) => status === 'running'))
  expect(running).toMatchObject({ owner: await idOf(bob), label: 'bob@example.com', door: 'openai' })
  expect(JSON.stringify(running)).not.toContain('secret')
  const [stopped] = await Promise.all([
    admin.mutate('admin.answers.stop', { id: running.id }),
    expect(reading).rejects.toMatchObject({ code: 'FORBIDDEN', message: /An admin has stopped/ }),
  ])
  expect(stopped).toEqual({ stopped: true })
  await until(async () => (await list()).length === 0)
  await until(() => accounts.stack.upstreamMetrics().sum('vllm:num_requests_running') === 0)
  expect((await accounts.stack.metrics()).requests()).toEqual({ cancelled: 1 })
  await until(async () => (await usage(bob))[0]?.answers === 1)
  await expect(admin.mutate('admin.answers.stop', { id: running.id })).rejects.toMatchObject({
    ...{ code: 'NOT_FOUND' },
  })
}, 60_000)

test('a revoked key ends its running calls, and a removed person leaves no usage behind', async () => {
  await using accounts = await start()
  const admin = await accounts.firstAdmin()
  const bob = await accounts.person(admin, 'bob@example.com')
  const id = await idOf(bob)
  const ends: ((keyId: string) => Promise<unknown>)[] = [
    (keyId) => bob.mutate('account.keys.revoke', { id: keyId }),
    (keyId) => admin.mutate('admin.keys.revoke', { id: keyId }),
    () => admin.mutate('admin.users.remove', { id }),
  ]
  for (const [round, end] of ends.entries()) {
    const [made, kept] = [await makeKey(bob), await makeKey(bob)]
    const calls = [true, false].map((stream) =>
      openai(accounts, made.key).chat.completions.create({ ...say('[[tokens=100000]] x'), stream }),
    )
    const over = new AbortController()
    const other = await openai(accounts, kept.key).chat.completions.create(
      { ...say('[[tokens=100000]] x'), stream: true },
      { signal: over.signal },
    )
    const running = (): number => accounts.stack.upstreamMetrics().sum('vllm:num_requests_running')
    await until(() => running() === 3)
    const ended = calls.map(async (call) => {
      const answer = await call
      if (Symbol.asyncIterator in answer) for await (const chunk of answer) void chunk
    })
    const failures = Promise.allSettled(ended)
    await end(made.about.id)
    expect((await failures).map(({ status }) => status)).toEqual(['rejected', 'rejected'])
    // A call with another key goes on, unless the person is gone.
    await until(() => running() === (round < 2 ? 1 : 0))
    over.abort()
    await until(() => running() === 0)
    void other
    if (round === 0) await until(async () => (await usage(bob)).length === 1)
  }
  await accounts.stack.drain()
  const { env } = await suiteStore({ DATA_DIR: folder })
  const store = await openDatabase({ DATA_DIR: folder, ...env })
  const left = await store.selectFrom('usage_days').select('owner').where('owner', '=', id).execute()
  await store.destroy()
  expect(left).toEqual([])
}, 60_000)
