import type { ErrorCode } from '@slicechat/client'
import type { Fault } from '@slicechat/simulator'
import { expect, test } from 'vitest'
import { readAll } from '../testing/reading.ts'
import { startStack } from '../testing/stack.ts'
import { until } from '../testing/until.ts'

const shortWaits = { FIRST_TOKEN_TIMEOUT_S: '1.5', STALL_TIMEOUT_S: '1', CONNECT_TIMEOUT_S: '2' }

interface Case {
  name: string
  fault: Fault
  code: ErrorCode
  /** Whether the answer had begun. */
  text: boolean
  /** Whether it counts as a failure of the model server. */
  counted?: boolean
}

const cases: Case[] = [
  { name: 'refuses the connection', fault: { kind: 'refuse' }, code: 'UPSTREAM_UNREACHABLE', text: false },
  {
    name: 'is behind a tunnel that is down',
    fault: { kind: 'tunnel-down' },
    code: 'UPSTREAM_UNREACHABLE',
    text: false,
  },
  { name: 'hangs before the first token', fault: { kind: 'hang' }, code: 'UPSTREAM_TIMEOUT', text: false },
  {
    name: 'starts too slowly',
    fault: { kind: 'slow-start', ms: 5_000 },
    code: 'UPSTREAM_TIMEOUT',
    text: false,
  },
  { name: 'stalls', fault: { kind: 'stall', afterTokens: 8 }, code: 'UPSTREAM_TIMEOUT', text: true },
  {
    name: 'resets mid-stream',
    fault: { kind: 'reset', afterTokens: 8 },
    code: 'UPSTREAM_BROKE_OFF',
    text: true,
  },
  {
    name: 'ends too early',
    fault: { kind: 'truncate', afterTokens: 8 },
    code: 'UPSTREAM_BROKE_OFF',
    text: true,
  },
  {
    name: 'sends a chunk that is no JSON',
    fault: { kind: 'malformed', afterTokens: 8 },
    code: 'UPSTREAM_BROKE_OFF',
    text: true,
  },
  {
    name: 'fails mid-stream',
    fault: { kind: 'error-event', afterTokens: 8, code: 500 },
    code: 'UPSTREAM_BROKE_OFF',
    text: true,
  },
  {
    name: 'is busy, as an event',
    fault: { kind: 'error-event', afterTokens: 0, code: 503 },
    code: 'UPSTREAM_BUSY',
    text: false,
  },
  { name: 'has a dead engine', fault: { kind: 'engine-dead' }, code: 'UPSTREAM_BROKE_OFF', text: false },
  { name: 'answers 400', fault: { kind: 'status', status: 400 }, code: 'UPSTREAM_REJECTED', text: false },
  { name: 'answers 401', fault: { kind: 'status', status: 401 }, code: 'UPSTREAM_REJECTED', text: false },
  { name: 'answers 404', fault: { kind: 'status', status: 404 }, code: 'UPSTREAM_REJECTED', text: false },
  { name: 'answers 429', fault: { kind: 'status', status: 429 }, code: 'RATE_LIMITED', text: false },
  { name: 'answers 500', fault: { kind: 'status', status: 500 }, code: 'UPSTREAM_BROKE_OFF', text: false },
  { name: 'answers 503', fault: { kind: 'status', status: 503 }, code: 'UPSTREAM_BUSY', text: false },
]

test.each(cases)('a model server that $name: $code', async ({ fault, code, text }) => {
  // A reset discards data that the other side has not read yet, so tokens must come one by one.
  await using stack = await startStack({ env: shortWaits, simulator: { itlMs: 10 } })
  const client = stack.client()
  await client.api.models.list.query()
  const whole = await readAll(
    client.generate({
      messages: [{ role: 'user', content: '[[tokens=40]] [[echo]] ' + 'some words to say '.repeat(9) }],
    }),
  )
  stack.simulator.faults.add(fault)
  const answer = client.send({ content: '[[tokens=40]] [[echo]] ' + 'some words to say '.repeat(9) })
  const { conversationId } = await answer.ids
  const read = await readAll(answer)
  expect(read.finished).toMatchObject({ reason: 'error', error: { code } })
  expect(read.text === '').toBe(!text)
  expect(whole.text.startsWith(read.text)).toBe(true)
  const stored = await until(async () => {
    const { messages } = await client.api.conversations.get.query({ id: conversationId })
    return messages[1]?.generation?.status === 'finished' ? messages[1] : null
  })
  expect(stored).toMatchObject({ content: read.text, generation: { reason: 'error', error: { code } } })
  const page = await stack.metrics()
  expect(page.requests()).toEqual({ success: 1, error: 1 })
  expect(page.sum('chat_upstream_errors_total')).toBe(1)
  expect(page.sum('chat_upstream_errors_total', { code })).toBe(1)

  // When the model server works again, so does the API.
  stack.simulator.faults.clear()
  expect(
    (await readAll(client.generate({ messages: [{ role: 'user', content: '[[tokens=3]] x' }] }))).finished
      .reason,
  ).toBe('stop')
})

test('characters and lines that are split anywhere arrive whole', async () => {
  await using stack = await startStack()
  const client = stack.client()
  const content = '[[echo]] 你好，世界 😀👩‍👩‍👧 naïve café — \u200d✓ ' + '字'.repeat(100)
  stack.simulator.faults.add({ kind: 'split' })
  const { text, finished } = await readAll(client.generate({ messages: [{ role: 'user', content }] }))
  expect(text).toBe(content.replace('[[echo]]', '').trim())
  expect(finished.reason).toBe('stop')
})

test.each<Fault>([
  { kind: 'error-event', afterTokens: 0, code: 503, times: 2 },
  { kind: 'status', status: 503, times: 1 },
  { kind: 'status', status: 429, retryAfter: 0, times: 1 },
  { kind: 'refuse', times: 2 },
])('before the first token a failure is tried again: $kind', async (fault) => {
  await using stack = await startStack({ env: { ...shortWaits, UPSTREAM_RETRIES: '2' } })
  const client = stack.client()
  await client.api.models.list.query()
  stack.simulator.faults.add(fault)
  const { finished, events } = await readAll(
    client.generate({ messages: [{ role: 'user', content: '[[tokens=4]] x' }] }),
  )
  expect(finished).toMatchObject({ reason: 'stop', usage: { completionTokens: 4 } })
  expect(events.filter(({ type }) => type === 'started').length).toBe(1)
  const page = await stack.metrics()
  expect(page.requests()).toEqual({ success: 1 })
  expect(page.sum('chat_upstream_errors_total')).toBe(0)
})

test('many that fail together are all tried again', async () => {
  await using stack = await startStack({ env: { ...shortWaits, UPSTREAM_RETRIES: '2' } })
  const client = stack.client()
  await client.api.models.list.query()
  stack.simulator.faults.add({ kind: 'refuse', times: 20 })
  const messages = [{ role: 'user' as const, content: '[[tokens=4]] x' }]
  const answers = await Promise.all(Array.from({ length: 20 }, () => readAll(client.generate({ messages }))))
  expect(new Set(answers.map(({ finished }) => finished.reason))).toEqual(new Set(['stop']))
})

test('after the first token nothing is tried again; a refusal as such neither', async () => {
  await using stack = await startStack({
    env: { ...shortWaits, UPSTREAM_RETRIES: '5' },
    simulator: { itlMs: 10 },
  })
  const client = stack.client()
  // Otherwise the API's own first request would meet the first fault.
  await client.api.models.list.query()
  for (const fault of [
    { kind: 'reset', afterTokens: 5 },
    { kind: 'error-event', afterTokens: 5, code: 503 },
    { kind: 'status', status: 400 },
  ] as const) {
    stack.simulator.faults.add({ ...fault, times: 1 })
    const { finished } = await readAll(
      client.generate({ messages: [{ role: 'user', content: '[[tokens=20]] x' }] }),
    )
    expect(finished.reason).toBe('error')
    expect(stack.simulator.faults.list()).toEqual([])
  }
  expect((await stack.metrics()).requests()).toEqual({ error: 3 })
})

test('whoever is told to come back after long is told so, not kept waiting', async () => {
  await using stack = await startStack({ env: { UPSTREAM_RETRIES: '5' } })
  stack.simulator.faults.add({ kind: 'status', status: 429, retryAfter: 50 })
  const { finished } = await readAll(stack.client().generate({ messages: [{ role: 'user', content: 'x' }] }))
  expect(finished.error?.code).toBe('RATE_LIMITED')
  expect(finished.timings.e2eMs).toBeLessThan(5_000)
})

test('a model that is not there', async () => {
  await using stack = await startStack()
  const { finished } = await readAll(
    stack.client().generate({ model: 'nope', messages: [{ role: 'user', content: 'x' }] }),
  )
  expect(finished.error?.code).toBe('MODEL_NOT_FOUND')
  const page = await stack.metrics()
  expect(page.sum('chat_requests_total', { model: 'other', status: 'error' })).toBe(1)
})

test('a server that cannot be reached is reported as down, and as up when it is back', async () => {
  await using stack = await startStack({ env: shortWaits })
  const client = stack.client()
  const up = async (): Promise<number> => (await stack.metrics()).sum('chat_upstream_up')
  await until(async () => (await up()) === 1)
  stack.simulator.faults.add({ kind: 'tunnel-down' })
  await readAll(client.generate({ messages: [{ role: 'user', content: 'x' }] }))
  expect(await up()).toBe(0)
  expect((await client.api.system.status.query()).upstream).toMatchObject({
    reachable: false,
    lastError: { code: 'UPSTREAM_UNREACHABLE' },
  })
  expect((await fetch(`${stack.api.url}/readyz`)).status).toBe(200)
  stack.simulator.faults.clear()
  await readAll(client.generate({ messages: [{ role: 'user', content: '[[tokens=2]] x' }] }))
  expect(await up()).toBe(1)
})
