import OpenAI from 'openai'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { type AccountsStack, startAccountsStack } from '../testing/accounts-stack.ts'
import type { PageVisitor } from '../testing/page-visitor.ts'
import { type Stack } from '../testing/stack.ts'
import { until } from '../testing/until.ts'

let accounts: AccountsStack
let stack: Stack
let admin: PageVisitor
let openai: OpenAI
beforeAll(async () => {
  accounts = await startAccountsStack({ env: { UPSTREAM_RETRIES: '0' } })
  ;({ stack } = accounts)
  admin = await accounts.firstAdmin()
  openai = clientOf((await makeKey(['chat', 'read'])).key)
}, 60_000)
afterAll(() => accounts[Symbol.asyncDispose]())
beforeEach(() => stack.simulator.faults.clear())

const clientOf = (apiKey: string): OpenAI =>
  new OpenAI({ baseURL: `${stack.api.url}/v1`, apiKey, maxRetries: 0 })
const makeKey = (scopes: string[]): Promise<{ key: string; about: { id: string } }> =>
  admin.mutate('account.keys.create', { name: 'k', scopes })
const running = (): number => stack.upstreamMetrics().sum('vllm:num_requests_running')
const tokensUsed = async (): Promise<number> => {
  const day = new Date().toISOString().slice(0, 10)
  const days = await admin.query<{ promptTokens: number; completionTokens: number }[]>('account.usage', {
    ...{ from: day, to: day },
  })
  return days.reduce((sum, { promptTokens, completionTokens }) => sum + promptTokens + completionTokens, 0)
}

test('whole and as a stream: the same text, counted to the token', async () => {
  const [before, usedBefore] = [await stack.metrics(), await tokensUsed()]
  const asked = { model: '', prompt: 'Write on. [[tokens=24]]', max_tokens: 50, temperature: 0 }
  const whole = await openai.completions.create(asked)
  expect(whole).toMatchObject({ object: 'text_completion', usage: { completion_tokens: 24 } })
  let text = ''
  let total = 0
  const options = { stream: true as const, stream_options: { include_usage: true } }
  for await (const { choices, usage } of await openai.completions.create({ ...asked, ...options })) {
    text += choices[0]?.text ?? ''
    total = usage?.total_tokens ?? total
  }
  expect(text).toBe(whole.choices[0]?.text)
  expect(total).toBe(whole.usage?.total_tokens)
  const grown = async (name: string, labels: Record<string, string>): Promise<number> =>
    (await stack.metrics()).sum(name, labels) - before.sum(name, labels)
  await until(async () => (await grown('chat_requests_total', { door: 'openai', status: 'success' })) === 2)
  expect(await grown('chat_tokens_total', { kind: 'completion' })).toBe(48)
  expect(await grown('chat_first_token_latency_seconds_count', { door: 'openai' })).toBe(1)
  await until(async () => (await tokensUsed()) - usedBefore === 2 * total)
})

test('a stream that did not ask for its usage gets none, and what the prompt says comes back with echo', async () => {
  const asked = { model: '', prompt: 'One. [[tokens=5]]', max_tokens: 9, echo: true, stream: true as const }
  const chunks = []
  for await (const chunk of await openai.completions.create(asked)) chunks.push(chunk)
  expect(chunks.map(({ choices }) => choices.length)).not.toContain(0)
  expect(chunks.every(({ usage }) => usage === undefined)).toBe(true)
  expect(chunks[0]?.choices[0]?.text).toMatch(/^One\. /)
  expect(chunks.at(-1)?.choices[0]?.finish_reason).toBe('stop')
})

test.each([true, false])('a caller that leaves ends the work: stream %s', async (stream) => {
  const over = new AbortController()
  const asked = { model: '', prompt: 'x', max_tokens: 20_000, ignore_eos: true, stream }
  const call = openai.completions.create(asked, { signal: over.signal })
  const ended = (async () => {
    const answer = await call
    if (Symbol.asyncIterator in answer) for await (const chunk of answer) void chunk
  })()
  ended.catch(() => {})
  await until(() => running() === 1)
  const before = (await stack.metrics()).requests()['cancelled'] ?? 0
  over.abort()
  await until(() => running() === 0)
  await until(async () => ((await stack.metrics()).requests()['cancelled'] ?? 0) === before + 1)
})

test('what the model server refuses or breaks off is an error of the right class', async () => {
  const ask = (over: object): Promise<unknown> =>
    openai.completions.create({ model: '', prompt: 'x', ...over })
  const empty = ask({ prompt: '' })
  await expect(empty).rejects.toBeInstanceOf(OpenAI.BadRequestError)
  await expect(empty).rejects.toThrow(/must be provided and non-empty/)
  await expect(ask({ temperature: -3 })).rejects.toMatchObject({ status: 400, param: 'temperature' })
  await expect(ask({ model: 'no/such' })).rejects.toBeInstanceOf(OpenAI.NotFoundError)
  await expect(ask({ n: 17 })).rejects.toMatchObject({ status: 400, param: 'n', code: 'BAD_INPUT' })
  stack.simulator.faults.add({ kind: 'status', status: 500, times: 1 })
  await expect(ask({})).rejects.toBeInstanceOf(OpenAI.InternalServerError)
  stack.simulator.faults.add({ kind: 'reset', afterTokens: 3, times: 1 })
  await expect(ask({})).rejects.toMatchObject({ status: 502, code: 'UPSTREAM_UNREACHABLE' })
  stack.simulator.faults.add({ kind: 'truncate', afterTokens: 3, times: 1 })
  const stream = await openai.completions.create({ model: '', prompt: 'x', stream: true })
  const read = (async () => {
    for await (const chunk of stream) void chunk
  })()
  await expect(read).rejects.toMatchObject({ code: 'UPSTREAM_BROKE_OFF' })
})

test('keys: without the scope it is 403, and without a key 401, whatever is asked', async () => {
  const reader = clientOf((await makeKey(['read'])).key)
  expect((await reader.models.list()).data).toHaveLength(1)
  const refused = [
    reader.completions.create({ model: '', prompt: 'x' }),
    reader.chat.completions.create({ model: '', messages: [], stream: true }),
  ]
  for (const call of refused) {
    await expect(call).rejects.toBeInstanceOf(OpenAI.PermissionDeniedError)
    await expect(call).rejects.toThrow(/scope `chat`/)
  }
  for (const [path, method] of [
    ['completions', 'POST'],
    ['chat/completions', 'POST'],
    ['models', 'GET'],
  ]) {
    const response = await fetch(`${stack.api.url}/v1/${path}`, { method: method ?? '' })
    expect(response.status).toBe(401)
    expect(await response.json()).toMatchObject({
      ...{ error: { type: 'authentication_error', code: 'UNAUTHENTICATED' } },
    })
  }
})

test('an answer that passes the budget of the day comes to its end, and the next is refused with the time to wait', async () => {
  const { key, about } = await makeKey(['chat'])
  const budget = { answersAtOnce: null, requestsPerMinute: null, tokensPerDay: 40 }
  await admin.mutate('admin.budgets.set', { subject: { kind: 'key', keyId: about.id }, budget })
  const limited = clientOf(key)
  const ask = (tokens: number): Promise<unknown> => {
    const exact = { max_tokens: tokens, min_tokens: tokens, ignore_eos: true }
    return limited.completions.create({ model: '', prompt: 'x', ...exact }).catch((error: unknown) => error)
  }
  const [first, second, third] = [await ask(60), await ask(30), await ask(30)]
  expect(
    [first, second, third].map((each) => (each instanceof OpenAI.RateLimitError ? 'refused' : 'answered')),
  ).toEqual(['answered', 'refused', 'refused'])
  const { headers } = third as { headers: Headers }
  expect(Number(headers.get('retry-after'))).toBeGreaterThan(0)
  expect(headers.get('ratelimit')).toMatch(/r=0/)
})
