import OpenAI from 'openai'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Stack, startStack } from '../testing/stack.ts'
import { until } from '../testing/until.ts'

/** OpenAI's own client, as any program would make it. */
const clientOf = (stack: Stack, apiKey = 'any', over: object = {}): OpenAI =>
  new OpenAI({ baseURL: `${stack.api.url}/v1`, apiKey, maxRetries: 0, ...over })

const question = (content: string): { role: 'user'; content: string }[] => [{ role: 'user', content }]

async function all<T>(stream: AsyncIterable<T>): Promise<T[]> {
  const items: T[] = []
  for await (const item of stream) items.push(item)
  return items
}

let stack: Stack
let openai: OpenAI
beforeAll(async () => {
  stack = await startStack({ simulator: { itlMs: 15 } })
  openai = clientOf(stack)
})
afterAll(() => stack[Symbol.asyncDispose]())

test('a whole answer', async () => {
  const { data, response } = await openai.chat.completions
    .create({ model: '', messages: question('[[tokens=9]] Hi') }, { headers: { 'x-request-id': 'mine-1' } })
    .withResponse()
  expect(response.headers.get('x-request-id')).toBe('mine-1')
  expect(data).toMatchObject({
    id: 'chatcmpl-mine-1',
    object: 'chat.completion',
    usage: { completion_tokens: 9 },
  })
  expect(data.choices[0]?.message.content).not.toBe('')
  await until(async () => (await stack.metrics()).sum('chat_requests_total', { door: 'openai' }) === 1)
  const metrics = await stack.metrics()
  expect(metrics.sum('chat_tokens_total', { kind: 'completion' })).toBe(9)
  expect(metrics.sum('chat_e2e_latency_seconds_count')).toBe(1)
  expect(metrics.sum('chat_queue_wait_seconds_count')).toBe(1)
  // When the first token came is not known.
  expect(metrics.sum('chat_first_token_latency_seconds_count')).toBe(0)
})

test('a stream, measured as one of the typed API', async () => {
  const before = await stack.metrics()
  const stream = await openai.chat.completions.create({
    model: '',
    messages: question('[[tokens=30]] Hi'),
    stream: true,
  })
  const chunks = await all(stream)
  expect(chunks.map(({ choices }) => choices.length)).not.toContain(0)
  expect(chunks.every(({ usage }) => usage === undefined)).toBe(true)
  expect(chunks.at(-1)?.choices[0]?.finish_reason).toBe('stop')
  const name = 'chat_requests_total'
  await until(async () => (await stack.metrics()).sum(name) === before.sum(name) + 1)
  const after = await stack.metrics()
  const grown = (metric: string, labels = {}): number =>
    after.sum(metric, labels) - before.sum(metric, labels)
  expect(grown('chat_tokens_total', { kind: 'completion' })).toBe(30)
  for (const histogram of ['first_token', 'upstream_first_token', 'inter_token', 'e2e'])
    expect(grown(`chat_${histogram}_latency_seconds_count`), histogram).toBe(1)
})

test('the usage of a stream is there for who asks for it, on every chunk if that is wished', async () => {
  const ask = async (options: object): Promise<(number | undefined)[]> => {
    const stream = await openai.chat.completions.create({
      model: '',
      messages: question('[[tokens=5]] Hi'),
      stream: true,
      stream_options: options,
    })
    return (await all(stream)).map(({ usage }) => usage?.completion_tokens)
  }
  const once = await ask({ include_usage: true })
  expect(once.at(-1)).toBe(5)
  expect(new Set(once.slice(0, -1))).toEqual(new Set([undefined]))
  expect((await ask({ include_usage: true, continuous_usage_stats: true })).slice(0, -1)).not.toContain(
    undefined,
  )
  for (const options of [{}, { include_usage: false }, { continuous_usage_stats: true }])
    expect(new Set(await ask(options))).toEqual(new Set([undefined]))
})

test('the models', async () => {
  const { data: models } = await openai.models.list()
  const [first] = models
  expect(first).toMatchObject({ object: 'model', max_model_len: expect.any(Number) as number })
  expect(await openai.models.retrieve(first?.id ?? '')).toEqual(first)
  await expect(openai.models.retrieve('no/such')).rejects.toMatchObject({
    status: 404,
    code: 'MODEL_NOT_FOUND',
  })
})
