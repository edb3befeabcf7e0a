import OpenAI from 'openai'
import { expect, test } from 'vitest'
import { delta, events, startScripted } from '../testing/scripted-upstream.ts'
import { type Stack, startStack } from '../testing/stack.ts'
import { until } from '../testing/until.ts'

const clientOf = (stack: Stack, apiKey = 'any'): OpenAI =>
  new OpenAI({ baseURL: `${stack.api.url}/v1`, apiKey, maxRetries: 0 })

const say = (content: string) => ({ model: '', messages: [{ role: 'user' as const, content }] })

/** Reads a stream. @returns its text, and the error that ended it */
async function read(stack: Stack, content: string): Promise<{ text: string; error: unknown }> {
  let text = ''
  try {
    const stream = await clientOf(stack).chat.completions.create({ ...say(content), stream: true })
    for await (const { choices } of stream) text += choices[0]?.delta.content ?? ''
    return { text, error: undefined }
  } catch (error) {
    return { text, error }
  }
}

const counted = (stack: Stack, status: string): Promise<unknown> =>
  until(async () => (await stack.metrics()).sum('chat_requests_total', { status, door: 'openai' }) > 0)

const idle = (stack: Stack): Promise<boolean> =>
  until(() => stack.upstreamMetrics().sum('vllm:num_requests_running') === 0)

const SHORT = {
  FIRST_TOKEN_TIMEOUT_S: '1',
  STALL_TIMEOUT_S: '1',
  ANSWER_TIMEOUT_S: '1',
  CONNECT_TIMEOUT_S: '2',
}

test.each<[string, Parameters<Stack['simulator']['faults']['add']>[0], string, number | undefined]>([
  ['refuses', { kind: 'refuse' }, 'UPSTREAM_UNREACHABLE', 502],
  ['hangs', { kind: 'hang' }, 'UPSTREAM_TIMEOUT', 504],
  ['is busy', { kind: 'status', status: 503 }, 'UPSTREAM_BUSY', 503],
  ['does not know our key', { kind: 'status', status: 401 }, 'UPSTREAM_REJECTED', 502],
  ['refuses in a stream', { kind: 'error-event', afterTokens: 0, code: 503 }, 'UPSTREAM_BUSY', 503],
  ['stalls', { kind: 'stall', afterTokens: 8 }, 'UPSTREAM_TIMEOUT', undefined],
  ['resets', { kind: 'reset', afterTokens: 8 }, 'UPSTREAM_BROKE_OFF', undefined],
  ['ends too early', { kind: 'truncate', afterTokens: 8 }, 'UPSTREAM_BROKE_OFF', undefined],
])('a model server that %s', async (_name, fault, code, status) => {
  await using stack = await startStack({ env: SHORT })
  stack.simulator.faults.add(fault)
  const { text, error } = await read(stack, '[[tokens=40]] x')
  expect(error).toBeInstanceOf(OpenAI.APIError)
  expect(error).toMatchObject({ code, status })
  expect(text === '').toBe(status !== undefined)
  await counted(stack, 'error')
  expect((await stack.metrics()).sum('chat_upstream_errors_total', { code })).toBe(1)
  await idle(stack)
})

test('a failure before the first event is tried again, and a refused request is not', async () => {
  await using stack = await startStack({ env: { UPSTREAM_RETRIES: '1' } })
  stack.simulator.faults.add({ kind: 'status', status: 503, times: 1 })
  expect((await read(stack, '[[tokens=4]] x')).error).toBeUndefined()
  const refused = clientOf(stack).chat.completions.create({ ...say('x'), temperature: -5 })
  await expect(refused).rejects.toBeInstanceOf(OpenAI.BadRequestError)
  await expect(refused).rejects.toThrow(/temperature/)
  const unknown = clientOf(stack).chat.completions.create({ ...say('x'), model: 'no/such' })
  await expect(unknown).rejects.toMatchObject({ status: 404, code: 'MODEL_NOT_FOUND' })
})

test('a whole answer that does not come in time', async () => {
  await using stack = await startStack({ env: SHORT })
  stack.simulator.faults.add({ kind: 'hang', times: 1 })
  await expect(clientOf(stack).chat.completions.create(say('x'))).rejects.toMatchObject({
    ...{ status: 504, code: 'UPSTREAM_TIMEOUT' },
  })
  await counted(stack, 'error')
})

test.each([true, false])('a caller that leaves ends the work at once: stream %s', async (stream) => {
  await using stack = await startStack()
  const over = new AbortController()
  const asked = clientOf(stack).chat.completions.create(
    { ...say('[[tokens=100000]] x'), stream },
    { signal: over.signal },
  )
  asked.catch(() => {})
  await until(() => stack.upstreamMetrics().sum('vllm:num_requests_running') === 1)
  over.abort()
  await idle(stack)
  await counted(stack, 'cancelled')
  expect((await stack.metrics()).sum('chat_active_generations')).toBe(0)
})

test('keys: none, an unknown one, and the caller’s is never passed on', async () => {
  const seen: unknown[] = []
  await using scripted = await startScripted((response, { headers }) => {
    seen.push(headers.authorization, headers['cookie'], headers['x-secret'], headers['x-request-id'])
    events(response, delta('a', 'stop'), '[DONE]')
  })
  const key = 'a-key-of-sixteen-characters'
  const env = { API_KEYS: `ann:${key}`, VLLM_API_KEY: 'of-the-api' }
  await using stack = await startStack({ upstreamUrl: scripted.url, env })
  const ask = (apiKey: string): Promise<unknown> =>
    clientOf(stack, apiKey).chat.completions.create(
      { ...say('x'), stream: true },
      { headers: { cookie: 'a=b', 'x-secret': 's', 'x-request-id': 'mine' } },
    )
  await expect(ask('wrong')).rejects.toBeInstanceOf(OpenAI.AuthenticationError)
  await expect(clientOf(stack, 'wrong').models.list()).rejects.toBeInstanceOf(OpenAI.AuthenticationError)
  await ask(key)
  expect(seen).toEqual(['Bearer of-the-api', undefined, undefined, 'mine'])
})

test('the queue is full, or does not move: 429 with the time to wait, and 408', async () => {
  const env = { MAX_ACTIVE_GENERATIONS: '1', MAX_QUEUED: '1', QUEUE_TIMEOUT_S: '1' }
  await using stack = await startStack({ env })
  const over = new AbortController()
  const options = { signal: over.signal }
  await clientOf(stack).chat.completions.create({ ...say('[[tokens=100000]] x'), stream: true }, options)
  const waiting = clientOf(stack).chat.completions.create(say('x'))
  waiting.catch(() => {})
  await until(async () => (await stack.metrics()).sum('chat_queued_generations') === 1)
  const refused = await clientOf(stack)
    .chat.completions.create(say('x'))
    .catch((error: unknown) => error as InstanceType<typeof OpenAI.RateLimitError>)
  expect(refused).toBeInstanceOf(OpenAI.RateLimitError)
  expect(refused).toMatchObject({ code: 'QUEUE_FULL' })
  expect(Number((refused as { headers: Headers }).headers.get('retry-after'))).toBeGreaterThan(0)
  await expect(waiting).rejects.toMatchObject({ status: 408, code: 'QUEUE_TIMEOUT' })
  expect((await stack.metrics()).requests()).toEqual({ rejected: 2 })
  over.abort()
  await counted(stack, 'cancelled')
})

test('owners take turns, whichever door they use', async () => {
  const keys = { ann: 'key-of-ann-with-16-characters', bob: 'key-of-bob-with-16-characters' }
  const env = { API_KEYS: `ann:${keys.ann},bob:${keys.bob}`, MAX_ACTIVE_GENERATIONS: '1' }
  await using stack = await startStack({ env })
  const over = new AbortController()
  await clientOf(stack, keys.ann).chat.completions.create(
    { ...say('[[tokens=100000]] x'), stream: true },
    { signal: over.signal },
  )
  const queued = (count: number): Promise<unknown> =>
    until(async () => (await stack.metrics()).sum('chat_queued_generations') === count)
  const order: string[] = []
  const anns = [1, 2, 3].map(() =>
    clientOf(stack, keys.ann)
      .chat.completions.create(say('[[tokens=3]] x'))
      .then(() => order.push('ann')),
  )
  await queued(3)
  const client = stack.client({ apiKey: keys.bob })
  const bobs = (async () => {
    for await (const event of client.generate({ messages: say('[[tokens=3]] x').messages }))
      if (event.type === 'finished') order.push('bob')
  })()
  await queued(4)
  over.abort()
  await Promise.all([...anns, bobs])
  expect(order.indexOf('bob')).toBeLessThan(2)
})

test('a drain lets a stream end, then cuts it with an error, and takes nothing new', async () => {
  await using stack = await startStack({ env: { DRAIN_TIMEOUT_S: '1' } })
  const asked = read(stack, '[[tokens=100000]] x')
  await until(() => stack.upstreamMetrics().sum('vllm:num_requests_running') === 1)
  const drained = stack.drain()
  await expect(clientOf(stack).chat.completions.create(say('x'))).rejects.toMatchObject({
    ...{ status: 503, code: 'SHUTTING_DOWN' },
  })
  const { text, error } = await asked
  expect(text).not.toBe('')
  expect(error).toMatchObject({ code: 'SHUTTING_DOWN' })
  await drained
  await idle(stack)
})

test('tools and fields that nobody here knows pass in both directions, byte for byte', async () => {
  const chunk = {
    choices: [
      { index: 0, delta: { tool_calls: [{ index: 0, function: { name: 'f', arguments: '{"a"' } }] } },
    ],
    'x-new': 1,
  }
  await using scripted = await startScripted((response) => {
    events(response, chunk, { choices: [{ index: 0, delta: {}, finish_reason: 'tool_calls' }] }, '[DONE]')
  })
  await using stack = await startStack({ upstreamUrl: scripted.url })
  const body =
    '{"model":"m", "tools":[{"type":"function"}],"seed":123456789012345678901,"stream":true,"stream_options":{"include_usage":true}}'
  const response = await fetch(`${stack.api.url}/v1/chat/completions`, {
    ...{ method: 'POST', body, headers: { 'content-type': 'application/json; charset=utf-8' } },
  })
  expect(await response.text()).toContain(`data: ${JSON.stringify(chunk)}\n\n`)
  expect(scripted.requests[0]?.text).toBe(body)
  await counted(stack, 'success')
})
