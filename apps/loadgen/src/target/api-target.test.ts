import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { Proxy, type Stack, startStack } from '@slicechat/api/testing'
import { LatencyHistogram } from '@slicechat/run'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { conversation, shortRun, turn, users } from '../testing/short-run.ts'
import { openTarget, type TargetOptions } from './open-target.ts'

let stack: Stack
beforeAll(async () => (stack = await startStack({ simulator: { ttftMs: 20, itlMs: 2 } })))
afterAll(() => stack[Symbol.asyncDispose]())
beforeEach(() => stack.simulator.faults.clear())

/** Makes answers exactly as long as the plan says, in tokens. */
const exact = { exactAnswers: true, answer: 1 }
const settled = async () => {
  const metrics = await stack.metrics()
  const { success = 0, cancelled = 0 } = metrics.requests()
  return { success, cancelled, tokens: metrics.sum('chat_tokens_total', { kind: 'completion' }) }
}

describe.each([
  ['websocket', 'per-user'],
  ['websocket', 'shared'],
  ['sse', 'per-user'],
  ['sse', 'shared'],
] as const)('over %s, sockets %s', (transport, sockets) => {
  const target = (): TargetOptions => ({ url: stack.api.url, transport, sockets })

  test('conversations are held, counted as the servers count them, and removed', async () => {
    const before = await settled()
    const upstream = stack.upstreamMetrics().sum('vllm:generation_tokens_total')
    const {
      whole,
      records,
      transport: used,
    } = await shortRun({
      target: target(),
      plan: users(3, 800, (user, ordinal) =>
        conversation(`u${user}-${ordinal}`, [
          turn({ maxTokens: 25 }),
          turn({ content: 'Go on.', maxTokens: 15, regenerate: true }),
        ]),
      ),
      scenario: { conversation: exact },
    })
    expect(used).toBe(transport)
    expect(whole).toMatchObject({ succeeded: whole.intended, untold: 0, errors: [] })
    expect(whole.intended).toBeGreaterThanOrEqual(3)
    const after = await settled()
    expect(whole.succeeded).toBe(after.success - before.success)
    expect(whole.completionTokens).toBe(after.tokens - before.tokens)
    expect(whole.completionTokens).toBe(
      stack.upstreamMetrics().sum('vllm:generation_tokens_total') - upstream,
    )
    for (const { completionTokens, turn: number, apiTimings, ttftMs = 0 } of records) {
      expect(completionTokens).toBe(number === 0 ? 25 : 15)
      expect(ttftMs).toBeGreaterThan(apiTimings?.ttftMs ?? Infinity)
    }
    expect(LatencyHistogram.decode(whole.latencies.e2e).count).toBe(whole.succeeded)
    expect((await stack.client().api.conversations.list.query()).items).toEqual([])
  })

  test('who stops an answer learns what it had cost', async () => {
    const before = await settled()
    // The answer lasts ten seconds; on a busy machine its first token may take one.
    const plan = users(2, 300, (user, ordinal) =>
      conversation(`u${user}-${ordinal}`, [turn({ maxTokens: 5_000, abandonAfterMs: 1_500 })]),
    )
    const { whole, records } = await shortRun({ target: target(), plan, scenario: { conversation: exact } })
    expect(whole).toMatchObject({ abandoned: whole.started, untold: 0, errors: [] })
    const after = await settled()
    expect(whole.completionTokens).toBe(after.tokens - before.tokens)
    expect(whole.abandoned).toBe(after.cancelled - before.cancelled)
    for (const { pieces, wastedTokens, completionTokens = 0 } of records) {
      expect(pieces).toBeGreaterThan(0)
      expect(wastedTokens).toBeLessThan(completionTokens)
    }
  })

  test('who leaves never learns, and what they left behind is ended', async () => {
    const plan = users(2, 300, (user, ordinal) =>
      conversation(`u${user}-${ordinal}`, [turn({ maxTokens: 5_000, abandonAfterMs: 200 })]),
    )
    const abandon = { share: 1, after: '1s', how: 'leave' }
    const { whole } = await shortRun({
      target: target(),
      plan,
      scenario: { conversation: { ...exact, abandon } },
    })
    expect(whole).toMatchObject({ abandoned: whole.started, untold: whole.started, completionTokens: 0 })
    await expect.poll(async () => (await stack.client().api.system.status.query()).activeGenerations).toBe(0)
  })
})

test('what goes wrong at the model server is an outcome with the code of the API', async () => {
  stack.simulator.faults.add({ kind: 'reset', afterTokens: 3 })
  const plan = users(1, 100, (user, ordinal) => conversation(`u${user}-${ordinal}`))
  const { whole, records } = await shortRun({ target: { url: stack.api.url }, plan })
  expect(whole).toMatchObject({ failed: whole.started, errors: [{ code: 'UPSTREAM_BROKE_OFF' }] })
  expect(records[0]).toMatchObject({ status: 'failed', error: { code: 'UPSTREAM_BROKE_OFF' } })
})

test('an answer that the API stops since its reader was cut off is a failure, and no user who gave up', async () => {
  await using impatient = await startStack({ simulator: { itlMs: 5 }, env: { ORPHAN_TIMEOUT_S: '1.5' } })
  await using proxy = await new Proxy(impatient.port).listen()
  const running = shortRun({
    target: { url: proxy.url },
    plan: users(1, 100, (user, ordinal) => conversation(`u${user}-${ordinal}`, [turn({ maxTokens: 5_000 })])),
    scenario: { conversation: exact },
  })
  const readers = async () => (await impatient.metrics()).sum('chat_stream_subscribers')
  await expect.poll(readers).toBe(1)
  proxy.down = true
  proxy.cut()
  await expect.poll(async () => (await impatient.metrics()).requests()).toMatchObject({ cancelled: 1 })
  proxy.down = false
  const { whole } = await running
  expect(whole).toMatchObject({ started: 1, failed: 1, abandoned: 0, untold: 0 })
  expect(whole.errors).toMatchObject([{ code: 'CONNECTION_LOST', count: 1 }])
})

test('an API that is gone is not waited for when the run is ended', async () => {
  const { port } = new URL(stack.api.url)
  const sockets = new Set<Socket>()
  const proxy = createServer((near) => {
    const far = connect(Number(port), '127.0.0.1')
    for (const [from, to] of [[near, far] as const, [far, near] as const]) {
      sockets.add(from)
      from.on('error', () => {}).on('close', () => to.destroy())
      from.pipe(to)
    }
  }).listen(0, '127.0.0.1')
  await once(proxy, 'listening')
  const interrupt = new AbortController()
  setTimeout(() => {
    proxy.close()
    for (const socket of sockets) socket.destroy()
    interrupt.abort()
  }, 700)
  const { whole, durationMs } = await shortRun({
    target: { url: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}` },
    plan: users(2, 60_000, (user, ordinal) =>
      conversation(`u${user}-${ordinal}`, [turn({ maxTokens: 5_000 })]),
    ),
    scenario: { conversation: exact },
    signal: interrupt.signal,
  })
  expect(whole).toMatchObject({ started: 2, unfinished: 2, undecided: 2, untold: 2, failed: 0 })
  // A server that is reachable gets five seconds to report that it stopped.
  expect(durationMs).toBeLessThan(5_000)
})

describe('before any load', () => {
  const problem = async (options: TargetOptions): Promise<unknown> => {
    const target = openTarget(options)
    try {
      return await target.check()
    } catch (error) {
      return error
    } finally {
      await target.close()
    }
  }

  test('it is told what the API serves', async () => {
    expect(await problem({ url: stack.api.url })).toMatchObject({
      model: stack.simulator.model,
      simulated: true,
      maxModelLen: 32_768,
    })
  })

  test('nobody there, an unknown model, a missing or wrong key: each is named with its flag', async () => {
    expect(await problem({ url: 'http://127.0.0.1:1' })).toMatchObject({ flag: '--target' })
    expect(await problem({ url: stack.api.url, model: 'other' })).toMatchObject({ flag: '--model' })
    await using locked = await startStack({ env: { API_KEYS: 'me:key-of-sixteen-characters' } })
    expect(await problem({ url: locked.api.url })).toMatchObject({ flag: '--api-key' })
    expect(await problem({ url: locked.api.url, apiKey: 'wrong' })).toMatchObject({ flag: '--api-key' })
    const apiKey = 'key-of-sixteen-characters'
    for (const transport of ['websocket', 'sse'] as const)
      expect(await problem({ url: locked.api.url, apiKey, transport })).toMatchObject({ simulated: true })
  })

  test('an API whose model server is away cannot serve', async () => {
    await using alone = await startStack({ upstreamUrl: 'http://127.0.0.1:1/v1' })
    expect(await problem({ url: alone.api.url })).toMatchObject({ flag: '--target' })
  })

  test.each(['localhost:4000', 'ftp://x', 'openai:', 'openai:host', 'http://u:p@host'])(
    '%s is no target',
    (url) => {
      expect(() => openTarget({ url })).toThrow(expect.objectContaining({ flag: '--target' }) as Error)
    },
  )

  test('a transport is for an API', () => {
    expect(() => openTarget({ url: 'openai:http://x', transport: 'sse' })).toThrow('--transport')
  })
})
