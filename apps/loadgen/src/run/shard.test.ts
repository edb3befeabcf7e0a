import { LatencyHistogram } from '@slicechat/run'
import { type Simulator, startSimulator } from '@slicechat/simulator'
import { parseExposition } from '@slicechat/metrics/reading'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { arrivals, conversation, shortRun, turn, users } from '../testing/short-run.ts'

let simulator: Simulator
beforeAll(async () => (simulator = await startSimulator({ port: 0, ttftMs: 10, itlMs: 1 })))
afterAll(() => simulator.close())
beforeEach(() => simulator.faults.clear())

/** Makes answers exactly as long as the plan says, in tokens. */
const exact = { exactAnswers: true, answer: 1 }
const target = () => ({ url: `openai:${simulator.url}` })
const counted = (name: string) => parseExposition(simulator.metricsText()).sum(name, {}) ?? 0

test('a server that stalls delays answers, and no start', async () => {
  simulator.faults.add({ kind: 'slow-start', ms: 2_000, match: 'stalls' })
  const plan = arrivals({ count: 40, everyMs: 25 }, (index) =>
    conversation(`c${index}`, [turn({ content: index >= 10 && index < 30 ? 'It stalls.' : 'Say hello.' })]),
  )
  const { records, whole } = await shortRun({ target: target(), plan })
  expect(whole).toMatchObject({ intended: 40, started: 40, succeeded: 40, dropped: 0, errors: [] })
  expect(records.map(({ intendedMs }) => intendedMs).sort((a, b) => a - b)).toEqual(
    Array.from({ length: 40 }, (_, index) => index * 25),
  )
  const slow = records.filter(({ ttftMs = 0 }) => ttftMs >= 2_000)
  expect(slow.map(({ conversation: id }) => Number(id.slice(1))).sort((a, b) => a - b)).toEqual(
    Array.from({ length: 20 }, (_, index) => 10 + index),
  )
  // The last slow request started long before the first slow one was answered.
  for (const { startedMs = 0 } of slow) expect(startedMs).toBeLessThan(2_000)
  expect(LatencyHistogram.decode(whole.latencies.ttftFromIntended).quantile(0.75)).toBeGreaterThan(2_000)
  for (const { startedMs = 0, intendedMs } of records) expect(startedMs).toBeGreaterThanOrEqual(intendedMs)
})

test('arrivals beyond the users there may be are dropped and counted', async () => {
  simulator.faults.add({ kind: 'slow-start', ms: 1_000 })
  const { whole, records, intervals } = await shortRun({
    target: target(),
    plan: arrivals({ count: 10, everyMs: 20, maxUsers: 4 }),
  })
  expect(whole).toMatchObject({ intended: 10, started: 4, dropped: 6, succeeded: 4 })
  expect(records.filter(({ status }) => status === 'dropped').map(({ intendedMs }) => intendedMs)).toEqual([
    80, 100, 120, 140, 160, 180,
  ])
  expect(intervals.reduce((sum, { dropped }) => sum + dropped, 0)).toBe(6)
})

test('what is counted here is what the server counted', async () => {
  const before = [counted('vllm:request_success_total'), counted('vllm:generation_tokens_total')] as const
  const prompts = counted('vllm:prompt_tokens_total')
  const plan = users(5, 1_000, (user, ordinal) =>
    conversation(`u${user}-${ordinal}`, [
      turn({ maxTokens: 30 }),
      turn({ content: 'And again?', maxTokens: 10, regenerate: true }),
    ]),
  )
  const { whole, steadyTally, intervals, records } = await shortRun({
    target: target(),
    plan,
    scenario: { conversation: exact, warmUp: '300ms', coolDown: '300ms' },
  })
  expect(whole.succeeded).toBe(whole.intended)
  expect(whole.succeeded).toBe(counted('vllm:request_success_total') - before[0])
  expect(whole.completionTokens).toBe(counted('vllm:generation_tokens_total') - before[1])
  expect(whole.promptTokens).toBe(counted('vllm:prompt_tokens_total') - prompts)
  expect(whole).toMatchObject({ untold: 0, wastedTokens: 0, goodRequests: whole.succeeded })
  expect(records.some(({ regenerated }) => regenerated)).toBe(true)
  expect(steadyTally.intended).toBeLessThan(whole.intended)
  expect(steadyTally.intended).toBe(
    records.filter(({ intendedMs }) => intendedMs >= 300 && intendedMs < 700).length,
  )
  const sum = (of: 'started' | 'succeeded' | 'pieces' | 'tokens') =>
    intervals.reduce((total, interval) => total + interval[of], 0)
  expect(sum('started')).toBe(whole.started)
  expect(sum('succeeded')).toBe(whole.succeeded)
  expect(sum('tokens')).toBeCloseTo(whole.completionTokens, 3)
  expect(sum('pieces')).toBe(records.reduce((total, { pieces }) => total + pieces, 0))
  for (const name of ['ttft', 'ttftFromIntended', 'e2e', 'e2eFromIntended', 'startDelay'] as const)
    expect(LatencyHistogram.decode(whole.latencies[name]).count).toBe(whole.started)
})

test('a user who would write again after the end thinks until then, and begins nothing else', async () => {
  const plan = users(3, 800, (user, ordinal) =>
    conversation(`u${user}-${ordinal}`, [turn({ maxTokens: 1 }), turn({ thinkMs: 5_000 })]),
  )
  const { whole, records, durationMs } = await shortRun({ target: target(), plan })
  expect(records.map(({ conversation: id }) => id).sort()).toEqual(['u0-0', 'u1-0', 'u2-0'])
  expect(whole).toMatchObject({ intended: 3, succeeded: 3 })
  expect(durationMs).toBeLessThan(5_000)
})

test('a server that dies in mid-run leaves a run with its errors', async () => {
  const dying = await startSimulator({ port: 0, ttftMs: 5, itlMs: 5 })
  const plan = users(4, 2_500, (user, ordinal) =>
    conversation(`u${user}-${ordinal}`, [turn({ maxTokens: 30 })]),
  )
  const death = setTimeout(() => void dying.close(), 600)
  const { whole, cutShort } = await shortRun({
    target: { url: `openai:${dying.url}` },
    plan,
    scenario: { conversation: exact },
  })
  clearTimeout(death)
  expect(cutShort).toBeNull()
  expect(whole.succeeded).toBeGreaterThan(0)
  expect(whole.failed).toBeGreaterThanOrEqual(4)
  expect(whole.intended).toBe(whole.succeeded + whole.failed)
  expect(whole.errors.map(({ code }) => code)).toContain('ECONNREFUSED')
  // Users wait after a failure instead of asking a dead server as often as they can.
  expect(whole.failed).toBeLessThan(20)
})

test('an interrupted run ends soon and is whole in itself', async () => {
  const interrupt = new AbortController()
  const plan = users(3, 60_000, (user, ordinal) =>
    conversation(`u${user}-${ordinal}`, [turn({ maxTokens: 5_000 })]),
  )
  setTimeout(() => interrupt.abort(), 700)
  const { whole, cutShort, durationMs, records } = await shortRun({
    target: target(),
    plan,
    scenario: { conversation: exact },
    signal: interrupt.signal,
  })
  expect(cutShort).toBe('The run was interrupted.')
  expect(durationMs).toBeLessThan(6_000)
  expect(whole).toMatchObject({ intended: 3, started: 3, unfinished: 3, succeeded: 0, failed: 0 })
  expect(records).toHaveLength(3)
  for (const { pieces, ttftMs } of records) {
    expect(pieces).toBeGreaterThan(0)
    expect(ttftMs).toBeGreaterThan(0)
  }
})

test('answers that never end are cut after the grace', async () => {
  simulator.faults.add({ kind: 'stall', afterTokens: 3 })
  const { whole, cutShort } = await shortRun({
    target: target(),
    plan: arrivals({ count: 2, everyMs: 50 }),
    scenario: { grace: '300ms' },
  })
  expect(cutShort).toMatch('still under way 0.3 s')
  expect(whole).toMatchObject({ started: 2, unfinished: 2, succeeded: 0, abandoned: 0 })
})
