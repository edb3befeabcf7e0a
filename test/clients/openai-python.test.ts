import { join } from 'node:path'
import { type Stack, startStack } from '@slicechat/api/testing'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { pythonOf, runProgram } from './python.ts'
import { startToolServer } from './tool-server.ts'

const PROGRAM = join(import.meta.dirname, 'openai_client.py')
const KEY = 'a-key-of-sixteen-characters'
const python = pythonOf('openai')

let stack: Stack
beforeAll(async () => {
  const env = { API_KEYS: `ann:${KEY}`, MAX_ACTIVE_GENERATIONS: '8', MAX_QUEUED: '0', UPSTREAM_RETRIES: '0' }
  stack = await startStack({ simulator: { ttftMs: 20, itlMs: 3 }, env })
})
afterAll(() => stack[Symbol.asyncDispose]())
beforeEach(() => stack.simulator.faults.clear())

async function client<T>(
  scenario: string,
  options: { given?: object; key?: string; of?: Stack; model?: string } = {},
) {
  const { given = {}, key = KEY, of = stack, model = '' } = options
  const args = [PROGRAM, scenario, `${of.api.url}/v1`, key, model, JSON.stringify(given)]
  return JSON.parse(await runProgram(python ?? '', args)) as T
}

const running = (): number => stack.upstreamMetrics().sum('vllm:num_requests_running')

describe.skipIf(python === undefined)('the stock client of Python', () => {
  test('a whole answer and a stream; the usage for who asks for it', async () => {
    const whole = await client<{ text: string; usage: number }>('whole')
    expect(whole).toEqual({ text: expect.stringMatching(/./) as string, usage: 9 })
    const stream = await client('stream')
    expect(stream).toEqual({ text: expect.stringMatching(/./) as string, finish: 'stop', usages: 0 })
    expect(await client('stream_with_usage')).toEqual({ choices: 0, usage: 9 })
    expect((await stack.metrics()).sum('chat_requests_total', { door: 'openai', status: 'success' })).toBe(3)
  })

  test('several streams of the asynchronous client', async () => {
    const { lengths } = await client<{ lengths: number[] }>('asynchronous')
    expect(lengths.filter((length) => length > 0)).toHaveLength(5)
  })

  test('completions, and the models', async () => {
    const { text, streamed, usage } = await client<Record<string, unknown>>('completions')
    expect([streamed, usage]).toEqual([text, 9])
    const { listed, one } = await client<{ listed: string[]; one: string }>('models')
    expect(listed).toEqual([one])
  })

  test('calls of tools, whole and streamed, and an answer in a format', async () => {
    await using server = await startToolServer()
    await using own = await startStack({ upstreamUrl: server.url })
    const call = { name: 'weather', arguments: { city: 'Xi’an' } }
    expect(await client('tools', { of: own })).toEqual([call, call])
    expect(await client('response_format', { of: own })).toEqual({ name: 'Xi’an', people: 13_000_000 })
    const bodies = server.bodies.map(({ tools, response_format: format }) => [tools, format] as const)
    expect(bodies.slice(0, 2).map(([tools]) => tools)).toMatchObject([
      [{ type: 'function' }],
      [{ type: 'function' }],
    ])
    expect(bodies[2]?.[1]).toMatchObject({ type: 'json_schema', json_schema: { name: 'City' } })
  })

  test('a client that leaves ends the work at the model server', async () => {
    expect(await client('leave')).toEqual({ left: true })
    await expect.poll(running).toBe(0)
    await expect
      .poll(async () => (await stack.metrics()).sum('chat_requests_total', { status: 'cancelled' }))
      .toBe(1)
  })

  test.each<[string, object, { key?: string; model?: string; body?: object }]>([
    ['a wrong key', { class: 'AuthenticationError', status: 401, code: 'UNAUTHENTICATED' }, { key: 'wrong' }],
    [
      'a model that is not served',
      { class: 'NotFoundError', status: 404, code: 'MODEL_NOT_FOUND' },
      { model: 'no/such' },
    ],
    [
      'a temperature out of range',
      { class: 'BadRequestError', status: 400, param: 'temperature' },
      { body: { temperature: -1 } },
    ],
    ['too many answers', { class: 'BadRequestError', status: 400, param: 'n' }, { body: { n: 17 } }],
  ])('%s', async (_name, expected, { body = {}, ...options }) => {
    const bodies = [false, true].map((stream) => ({ ...body, stream }))
    expect(await client('errors', { ...options, given: { bodies } })).toMatchObject([expected, expected])
  })

  test.each<[string, Parameters<Stack['simulator']['faults']['add']>[0], boolean, object]>([
    ['fails', { kind: 'status', status: 500 }, true, { class: 'InternalServerError', status: 500 }],
    [
      'is busy',
      { kind: 'status', status: 503 },
      false,
      { class: 'InternalServerError', code: 'UPSTREAM_BUSY' },
    ],
    ['refuses', { kind: 'refuse' }, true, { class: 'InternalServerError', code: 'UPSTREAM_UNREACHABLE' }],
    [
      'breaks off',
      { kind: 'reset', afterTokens: 5 },
      true,
      { class: 'APIError', status: null, code: 'UPSTREAM_BROKE_OFF', text: true },
    ],
  ])('a model server that %s', async (_name, fault, stream, expected) => {
    stack.simulator.faults.add(fault)
    expect(await client('errors', { given: { bodies: [{ stream }] } })).toMatchObject([expected])
  })

  test('a full API is a rate limit with the time to wait, and the client tries again by itself', async () => {
    const over = new AbortController()
    const init = {
      method: 'POST',
      headers: { authorization: `Bearer ${KEY}`, 'content-type': 'application/json' },
      body: JSON.stringify({ messages: [{ role: 'user', content: '[[tokens=100000]] x' }], stream: true }),
      signal: over.signal,
    }
    const held = Array.from({ length: 8 }, () => fetch(`${stack.api.url}/v1/chat/completions`, init))
    await Promise.all(held)
    const [refused] = await client<{ retryAfter: string }[]>('errors', { given: { bodies: [{}] } })
    expect(refused).toMatchObject({ class: 'RateLimitError', status: 429, code: 'QUEUE_FULL' })
    expect(Number(refused?.retryAfter)).toBeGreaterThan(0)
    const before = (await stack.metrics()).requests()['rejected'] ?? 0
    const retried = client('errors', { given: { bodies: [{}], retries: 20 } })
    await expect.poll(async () => ((await stack.metrics()).requests()['rejected'] ?? 0) > before).toBe(true)
    over.abort()
    expect(await retried).toEqual([{ class: null }])
  })
})
