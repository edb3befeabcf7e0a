import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import { ask, readAll } from '../testing/reading.ts'
import { startStack } from '../testing/stack.ts'
import { until } from '../testing/until.ts'

const rateLimited = { data: { code: 'RATE_LIMITED', httpStatus: 429, retryable: true } }

test('simultaneous starts hold the limits, of which every response tells what is left', async () => {
  await using stack = await startStack({
    // No answer ends while the calls come in.
    simulator: { itlMs: 1_000 },
    env: { BUDGET_ANSWERS_AT_ONCE: '5', BUDGET_REQUESTS_PER_MINUTE: '8' },
  })
  const start = (procedure: string, body: object) =>
    fetch(`${stack.api.url}/trpc/${procedure}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ requestId: randomUUID(), ...body }),
    })
  const responses = await Promise.all(
    Array.from({ length: 100 }, (_, index) =>
      index % 2 === 0
        ? start('generations.start', ask('[[tokens=500]] x'))
        : start('conversations.send', { content: '[[tokens=500]] x' }),
    ),
  )
  expect(responses.filter(({ status }) => status === 200)).toHaveLength(5)
  const refused = responses.filter(({ status }) => status === 429)
  expect(refused).toHaveLength(95)
  expect(Number(refused[0]?.headers.get('retry-after'))).toBeGreaterThan(0)
  expect(refused[0]?.headers.get('ratelimit')).toContain('"answers-at-once";r=0')
  expect(refused[0]?.headers.get('ratelimit-remaining')).toBe('3')
  expect(await refused[0]?.json()).toMatchObject({ error: { ...rateLimited, message: /5 answers at once/ } })
  expect((await stack.metrics()).requests()).toEqual({ rejected: 95 })
})

test('a repeated call counts once, also when the limit is reached', async () => {
  await using stack = await startStack({ env: { BUDGET_REQUESTS_PER_MINUTE: '2' } })
  const { generations, conversations } = stack.client().api
  const call = { requestId: randomUUID(), ...ask('[[tokens=2]] x') }
  const ids = await Promise.all(Array.from({ length: 20 }, () => generations.start.mutate(call)))
  expect(new Set(ids.map(({ generationId }) => generationId)).size).toBe(1)
  const send = { requestId: randomUUID(), content: '[[tokens=2]] x' }
  const sent = await conversations.send.mutate(send)
  await expect(generations.start.mutate({ ...call, requestId: randomUUID() })).rejects.toMatchObject(
    rateLimited,
  )
  expect(await conversations.send.mutate(send)).toEqual(sent)
  expect(await generations.start.mutate(call)).toEqual(ids[0])
  // A call that begins nothing because its input is wrong gives its place back; here none is left.
  await expect(
    conversations.send.mutate({ requestId: randomUUID(), conversationId: randomUUID(), content: 'x' }),
  ).rejects.toMatchObject(rateLimited)
})

test('tokens count at the end of an answer, also of one that was stopped, and a start is refused once they are used', async () => {
  const limit = 400
  await using stack = await startStack({
    simulator: { itlMs: 5 },
    env: { BUDGET_TOKENS_PER_DAY: String(limit) },
  })
  const client = stack.client()
  const used: number[] = []
  const ended = new Set<string>()
  for (;;) {
    const answer = client.generate({ ...ask('[[tokens=60]] x'), params: { maxTokens: 60 } })
    let refusal: unknown
    const ids = await answer.ids.catch((error: unknown) => void (refusal = error))
    if (ids === undefined) {
      expect(refusal).toMatchObject({
        code: 'RATE_LIMITED',
        message: expect.stringContaining('400 tokens a day') as string,
      })
      break
    }
    for await (const event of answer) {
      if (event.type === 'delta' && used.length % 2 === 0) await client.api.generations.stop.mutate(ids)
      if (event.type !== 'finished') continue
      ended.add(event.reason)
      used.push((event.usage?.promptTokens ?? 0) + (event.usage?.completionTokens ?? 0))
    }
  }
  const total = used.reduce((sum, tokens) => sum + tokens, 0)
  expect(total).toBeGreaterThanOrEqual(limit)
  expect(total - (used.at(-1) ?? 0)).toBeLessThan(limit)
  expect([...ended]).toContain('stopped')
})

test('an answer that the model server refuses uses nothing, and a model that does not exist is in no list', async () => {
  await using stack = await startStack({ env: { BUDGET_TOKENS_PER_DAY: '1000' } })
  const { api, generate } = stack.client()
  const day = new Date().toISOString().slice(0, 10)
  await readAll(generate({ ...ask('x'), model: 'invented' }))
  await readAll(generate(ask('[[tokens=2]] x')))
  await until(async () => (await api.account.usage.query({ from: day, to: day })).length > 0)
  const [one, ...others] = await api.account.usage.query({ from: day, to: day })
  expect([one?.model, one?.answers, others]).toEqual([expect.stringMatching(/^sim\//), 1, []])
  const { tokensPerDay } = await api.account.budget.query()
  expect(tokensPerDay?.used).toBe((one?.promptTokens ?? 0) + (one?.completionTokens ?? 0))
})

test('a key of the environment is an owner with a budget of its own', async () => {
  const [alice, bob] = ['alice-0123456789abcdef', 'bob-0123456789abcdef']
  await using stack = await startStack({
    env: { API_KEYS: `alice:${alice},bob:${bob}`, BUDGET_REQUESTS_PER_MINUTE: '1' },
  })
  for (const apiKey of [alice, bob]) {
    const client = stack.client({ apiKey })
    await readAll(client.generate(ask('[[tokens=2]] x')))
    await expect(client.generate(ask('x')).ids).rejects.toMatchObject({ code: 'RATE_LIMITED' })
  }
})
