import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import { ask, readAll } from './testing/reading.ts'
import { delta, events, startScripted } from './testing/scripted-upstream.ts'
import { startStack } from './testing/stack.ts'
import { until } from './testing/until.ts'

test('after chats of known size the counters say exactly that, and the same as the model server', async () => {
  await using stack = await startStack()
  const client = stack.client()
  // The last token of each answer is the end of sequence, which has no text.
  const sizes = [2, 3, 7, 30, 111]
  const all = await Promise.all(sizes.map((n) => readAll(client.generate(ask(`[[tokens=${n}]] of size`)))))
  const prompt = all.reduce((sum, { finished }) => sum + (finished.usage?.promptTokens ?? 0), 0)
  const completion = sizes.reduce((sum, n) => sum + n, 0)
  const page = await stack.metrics()
  const model = stack.simulator.model
  expect(page.requests()).toEqual({ success: sizes.length })
  expect(page.sum('chat_tokens_total', { model, kind: 'completion' })).toBe(completion)
  expect(page.sum('chat_tokens_total', { model, kind: 'prompt' })).toBe(prompt)
  const upstream = stack.upstreamMetrics()
  expect(upstream.sum('vllm:generation_tokens_total')).toBe(completion)
  expect(upstream.sum('vllm:prompt_tokens_total')).toBe(prompt)
  for (const histogram of [
    'chat_first_token_latency_seconds',
    'chat_e2e_latency_seconds',
    'chat_queue_wait_seconds',
    'chat_upstream_first_token_latency_seconds',
    'chat_prompt_tokens',
    'chat_completion_tokens',
  ])
    expect(page.sum(`${histogram}_count`, { model }), histogram).toBe(sizes.length)
  expect(page.sum('chat_completion_tokens_sum')).toBe(completion)
})

test('an answer that a proxy held back, and sent in one burst, has no pace', async () => {
  await using upstream = await startScripted((response) => {
    const pieces = Array.from({ length: 139 }, (_, i) => delta(`word${i} `))
    const usage = { choices: [], usage: { prompt_tokens: 5, completion_tokens: 140 } }
    events(response, ...pieces, delta('', 'stop'), usage, '[DONE]')
    response.end()
  })
  await using stack = await startStack({ upstreamUrl: upstream.url })
  const { finished } = await readAll(stack.client().generate(ask('x')))
  expect(finished).toMatchObject({ reason: 'stop', usage: { completionTokens: 140 } })
  expect(finished.timings).toMatchObject({ interTokenMsMean: null, tokensPerSecond: null })
  const page = await stack.metrics()
  expect(page.sum('chat_first_token_latency_seconds_count')).toBe(1)
  expect(page.sum('chat_inter_token_latency_seconds_count')).toBe(0)
})

test('success, error, cancelled and rejected are told apart; a stopped answer counts its tokens', async () => {
  await using stack = await startStack({
    env: { MAX_ACTIVE_GENERATIONS: '1', MAX_QUEUED: '1', QUEUE_TIMEOUT_S: '1', ORPHAN_TIMEOUT_S: '2' },
  })
  const client = stack.client()
  await readAll(client.generate(ask('[[tokens=4]] ok')))

  const long = client.generate(ask('[[tokens=100000]] long'))
  const { generationId } = await long.ids
  const reading = readAll(long)
  await until(async () => (await client.api.system.status.query()).activeGenerations === 1)
  const waiting = client.generate(ask('x'))
  await waiting.ids
  await expect(client.generate(ask('x')).ids).rejects.toMatchObject({
    code: 'QUEUE_FULL',
    retryable: true,
    retryAfterMs: expect.any(Number) as number,
  })
  expect((await readAll(waiting)).finished).toMatchObject({
    reason: 'error',
    error: { code: 'QUEUE_TIMEOUT' },
  })
  await client.stop(generationId)
  const stopped = await reading
  expect(stopped.finished.reason).toBe('stopped')
  expect(stopped.finished.usage?.completionTokens).toBeGreaterThan(5)

  stack.simulator.faults.add({ kind: 'error-event', afterTokens: 5, code: 500, times: 1 })
  expect((await readAll(client.generate(ask('[[tokens=20]] broken')))).finished.reason).toBe('error')

  await client.api.generations.start.mutate({
    requestId: randomUUID(),
    ...ask('[[tokens=100000]] nobody reads'),
  })
  await until(async () => (await stack.metrics()).requests()['cancelled'] === 2)
  await until(() => stack.upstreamMetrics().sum('vllm:num_requests_running') === 0)

  const page = await stack.metrics()
  expect(page.requests()).toEqual({ success: 1, error: 1, cancelled: 2, rejected: 2 })
  expect(page.sum('chat_e2e_latency_seconds_count')).toBe(1)
  expect(page.sum('chat_tokens_total', { kind: 'completion' })).toBeGreaterThan(10)
  expect(page.sum('chat_active_generations') + page.sum('chat_queued_generations')).toBe(0)
  const reasons = stack.logs.filter(({ msg }) => msg === 'generation finished').map(({ reason }) => reason)
  expect(reasons).toEqual(['stop', 'error', 'stopped', 'error', 'abandoned'])
})

test('what a reader felt is counted once an answer, and not beyond belief', async () => {
  await using stack = await startStack()
  const client = stack.client()
  const { generationId } = await client.generate(ask('[[tokens=3]] x')).ids
  await readAll(client.watch(generationId))
  const report = { generationId, ttftMs: 80_000_000, interTokenMsMean: 20, longestGapMs: 30 }
  expect(await client.api.generations.report.mutate(report)).toEqual({ counted: true })
  expect(await client.api.generations.report.mutate(report)).toEqual({ counted: false })
  const page = await stack.metrics()
  expect(page.sum('chat_client_first_token_latency_seconds_count')).toBe(1)
  expect(page.sum('chat_client_first_token_latency_seconds_sum')).toBe(600)
  expect(page.sum('chat_client_inter_token_latency_seconds_sum')).toBeCloseTo(0.02)
})

test('a report that comes before the model was asked does not use up the only one', async () => {
  await using stack = await startStack({ env: { MAX_ACTIVE_GENERATIONS: '1' } })
  const client = stack.client()
  const first = await client.generate(ask('[[tokens=100000]] long')).ids
  const { generationId } = await client.generate(ask('[[tokens=3]] x')).ids
  const report = { generationId, ttftMs: 1, interTokenMsMean: 1, longestGapMs: 1 }
  expect(await client.api.generations.report.mutate(report)).toEqual({ counted: false })
  await client.stop(first.generationId)
  await readAll(client.watch(generationId))
  expect(await client.api.generations.report.mutate(report)).toEqual({ counted: true })
})

test('logs hold ids, codes and times, and nothing of what was said', async () => {
  await using stack = await startStack({ env: { UPSTREAM_RETRIES: '1' } })
  const client = stack.client()
  const secret = 'xylophone'
  const answer = client.send({ content: `[[echo]] ${secret}`, params: { systemPrompt: secret } })
  const { conversationId } = await answer.ids
  await readAll(answer)
  stack.simulator.faults.add({ kind: 'status', status: 400, times: 1 })
  await readAll(client.send({ conversationId, content: secret }))
  stack.simulator.faults.add({ kind: 'refuse', times: 1 })
  await readAll(client.send({ conversationId, content: `[[tokens=2]] ${secret}` }))
  await client.api.conversations.list.query({ query: secret })
  await client.api.conversations.rename.mutate({ id: conversationId, title: secret })
  await client.api.conversations.rename.mutate({ id: secret, title: secret }).catch(() => {})
  await fetch(
    `${stack.api.url}/trpc/conversations.list?input=${encodeURIComponent(JSON.stringify({ query: secret }))}`,
  )
  expect(stack.logs.length).toBeGreaterThan(8)
  expect(JSON.stringify(stack.logs)).not.toContain(secret)
})
