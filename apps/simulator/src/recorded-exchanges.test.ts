import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startSimulator, type Simulator } from './index.ts'
import { comparable, exchange, renamed } from './testing/exchange.ts'
import {
  eventsOf,
  recordedResponse,
  recordedStream,
  type RecordedResponse,
  stepOf,
} from './testing/recording.ts'

let open: Simulator
let locked: Simulator

beforeAll(async () => {
  const server = {
    port: 0,
    servedModelName: 'smollm2-135m',
    maxModelLen: 4096,
    enablePerRequestMetrics: true,
    enableRequestIdHeaders: true,
    ttftMs: 1,
    itlMs: 0,
  }
  open = await startSimulator(server)
  locked = await startSimulator({ ...server, apiKeys: ['secret'] })
})
afterAll(async () => {
  await open.close()
  await locked.close()
})

const chat = (body: object | string, simulator = open) =>
  exchange(simulator, 'POST', '/v1/chat/completions', typeof body === 'string' ? body : JSON.stringify(body))

const hello = { messages: [{ role: 'user', content: 'hello [[tokens=40]]' }] }
describe('refusals are the recorded ones to the letter', () => {
  test.each<[string, () => Promise<RecordedResponse>]>([
    ['error-bad-json', () => chat('{"model":  nope}'.replace('  ', ''))],
    ['error-empty-messages', () => chat({ messages: [] })],
    ['error-max-tokens', () => chat({ ...hello, max_tokens: 99_999 })],
    ['error-method', () => exchange(open, 'GET', '/v1/chat/completions')],
    ['error-out-of-range', () => chat({ ...hello, temperature: -3 })],
    ['error-too-long', () => chat({ messages: [{ role: 'user', content: 'word '.repeat(5000) }] })],
    ['error-unauthorized', () => chat(hello, locked)],
    ['error-unknown-model', () => chat({ ...hello, model: 'nope' })],
    ['error-unknown-path', () => exchange(open, 'GET', '/nope')],
    ['error-wrong-type', () => chat({ ...hello, temperature: 'hot' })],
    ['health', () => exchange(open, 'GET', '/health')],
    ['version', () => exchange(open, 'GET', '/version')],
  ])('%s', async (name, ask) => {
    const recorded = recordedResponse(`${name}.http`)
    const answer = await ask()
    expect(answer.status).toBe(recorded.status)
    expect(comparable(answer)).toEqual(comparable(recorded))
    expect(renamed(answer.body)).toBe(recorded.body.trimEnd())
  })

  test('a refusal by admission control is an event of a stream', async () => {
    const full = await startSimulator({
      port: 0,
      maxNumSeqs: 1,
      maxNumQueuedReqs: 1,
      ttftMs: 60_000,
      itlMs: 1,
      enableRequestIdHeaders: true,
    })
    // The connections are opened first, so that both requests arrive in one turn of the event loop. A request that
    // arrives when the server is already full gets an HTTP status instead.
    await Promise.all([exchange(full, 'GET', '/version'), exchange(full, 'GET', '/version')])
    const body = { ...hello, stream: true }
    const answer = await Promise.any([chat(body, full), chat(body, full)])
    const recorded = recordedResponse('error-admission-rejected-in-stream.http')
    expect(comparable(answer)).toEqual(comparable(recorded))
    expect(answer.body).toBe(recorded.body.trimEnd() + '\n\n')
    expect(full.metricsText()).toMatch(/admission_rejections_total\{.*reason="max_num_queued_reqs"\} 1\.0/)
    const late = await chat(body, full)
    expect([late.status, late.body]).toEqual([
      503,
      JSON.stringify(JSON.parse(eventsOf(answer.body)[0] ?? '')),
    ])
    await full.close()
  })

  test('an engine that dies ends a stream with the recorded event', async () => {
    const slow = await startSimulator({ port: 0, ttftMs: 1, itlMs: 5 })
    const body = JSON.stringify({ ...hello, stream: true, ignore_eos: true, max_tokens: 10_000 })
    const init = { method: 'POST', headers: { 'content-type': 'application/json' }, body }
    const response = await fetch(`${slow.url}/v1/chat/completions`, init)
    slow.faults.add({ kind: 'engine-dead' })
    const recorded = eventsOf(recordedResponse('error-engine-died-midstream.http').body)
    expect(eventsOf(await response.text()).slice(-2)).toEqual(recorded.slice(-2))
    expect((await fetch(`${slow.url}/health`)).status).toBe(503)
    expect((await fetch(`${slow.url}/v1/chat/completions`, init)).status).toBe(500)
    slow.faults.clear()
    expect((await fetch(`${slow.url}/health`)).status).toBe(200)
    await slow.close()
  })
})

describe('answers have the recorded keys in the recorded order', () => {
  test.each([
    ['stream-english', { max_tokens: 60, stream_options: { include_usage: true } }],
    ['stream-ends-by-itself', { stream_options: { include_usage: true } }],
    ['stream-no-usage', { max_tokens: 5 }],
    ['stream-continuous-usage', { stream_options: { include_usage: true, continuous_usage_stats: true } }],
  ])('%s', async (name, options) => {
    const recorded = eventsOf(recordedStream(`${name}.jsonl`))
    const message = name === 'stream-english' ? 'tell me' : 'hello [[tokens=8]]'
    const answer = await chat({ messages: [{ role: 'user', content: message }], stream: true, ...options })
    const events = eventsOf(answer.body)
    expect(events.map(stepOf)).toEqual(recorded.map(stepOf))
  })

  test('chat-max-tokens-clamped-to-context', async () => {
    const recorded = recordedResponse('chat-max-tokens-clamped-to-context.http')
    const answer = await chat({ ...hello, stream: true, max_tokens: 4096, ignore_eos: true })
    expect(comparable(answer)).toEqual(comparable(recorded))
    const shapes = (body: string) => [...new Set(eventsOf(body).map(stepOf))]
    expect(shapes(answer.body)).toEqual(shapes(recorded.body))
    expect(eventsOf(answer.body).length).toBeLessThan(4096)
  })

  test.each<[string, () => Promise<RecordedResponse>]>([
    ['chat-plain', () => chat({ messages: [{ role: 'user', content: 'hello [[tokens=8]]' }] })],
    ['models', () => exchange(open, 'GET', '/v1/models')],
  ])('%s', async (name, ask) => {
    const recorded = recordedResponse(`${name}.http`)
    const answer = await ask()
    expect(comparable(answer)).toEqual(comparable(recorded))
    expect(stepOf(answer.body)).toBe(stepOf(recorded.body))
  })

  test('tokenize', async () => {
    const recorded = JSON.parse(recordedResponse('tokenize.http').body) as object
    const body = JSON.stringify({ ...hello, return_token_strs: true })
    const answer = JSON.parse((await exchange(open, 'POST', '/tokenize', body)).body) as object
    expect(Object.keys(answer)).toEqual(Object.keys(recorded))
  })
})
