import { expect, test } from 'vitest'
import { LatencyHistogram } from '../../histogram/latency-histogram.ts'
import type { Run } from '../../schema/run.ts'
import { anInterval, aRun, times } from '../../testing/parts.ts'
import { analyse } from '../analyse.ts'
import { capacityOf } from './capacity.ts'

const verdict = (run: Run) => analyse(run).verdict
/** One user more every second; the first token takes 20 ms a user. */
const growing = (slo: Run['slo'], users = 60) =>
  aRun({
    slo,
    intervals: Array.from({ length: users }, (_, s) => {
      const ttft = times(...Array.from({ length: 20 }, () => 20 * (s + 1)))
      return anInterval({ atMs: s * 1000, users: s + 1, ttft, gap: times(10) })
    }),
  })

test('users that fit: up to the last level that meets the SLO', () => {
  const capacity = capacityOf(growing({ ttftMs: 600 }))
  expect(capacity?.atLeast).toBe(false)
  expect(capacity?.users).toBeGreaterThanOrEqual(24)
  expect(capacity?.users).toBeLessThanOrEqual(30)
  expect(verdict(growing({ ttftMs: 600 })).statements.join(' ')).toMatch(
    /(2\d|30) users fit \(first token within 600\sms/,
  )
})

test('where no level missed it, at least so many fit; where the first did, fewer', () => {
  expect(capacityOf(growing({ ttftMs: 60_000 }))).toMatchObject({ users: 60, atLeast: true })
  expect(capacityOf(growing({ ttftMs: 1 }))).toMatchObject({ users: 0, atLeast: false })
  expect(verdict(growing({ ttftMs: 1 })).statements.join(' ')).toContain('Fewer than')
  expect(capacityOf(growing({ interTokenMs: 9 }))?.users).toBe(0)
})

test('first tokens that came after the steady part count against the highest level', () => {
  const run = growing({ ttftMs: 60_000 })
  const late = new LatencyHistogram()
  for (let at = 0; at < 100; at++) late.record(90_000)
  const { steadyTally } = run
  const latencies = { ...steadyTally.latencies, ttft: late.encode() }
  const capacity = capacityOf({ ...run, steadyTally: { ...steadyTally, latencies } })
  expect(capacity?.atLeast).toBe(false)
  expect(capacity?.users).toBeLessThan(60)
})

test('users whose requests fail do not fit, however fast the others are', () => {
  const run = growing({ ttftMs: 60_000 })
  const failing = run.intervals.map((interval) => ({
    ...interval,
    succeeded: 9,
    failed: interval.users > 40 ? 4 : 0,
  }))
  expect(capacityOf({ ...run, intervals: failing })).toMatchObject({ atLeast: false })
  expect(capacityOf({ ...run, intervals: failing })?.users).toBeLessThanOrEqual(40)
  const steadyTally = { ...run.steadyTally, intended: 100, failed: 36 }
  expect(capacityOf({ ...run, steadyTally })?.atLeast).toBe(false)
})

test('answers of one token, whose time between tokens nobody knows, do not make users unfit', () => {
  const run = growing({ ttftMs: 60_000, interTokenMs: 9 })
  const intervals = run.intervals.map((one) => ({ ...one, gap: null }))
  expect(capacityOf({ ...run, intervals })).toMatchObject({ users: 60, atLeast: true })
  const said = verdict({ ...run, intervals }).statements.join(' ')
  expect(said).toContain('the time between tokens is not known')
  expect(said).not.toContain('between tokens on average')
  expect(capacityOf({ ...run, intervals, slo: { interTokenMs: 9 } })).toBeNull()
})

test('no SLO, or hardly an answer, and nothing is said of capacity', () => {
  expect(capacityOf(growing({}))).toBeNull()
  expect(
    capacityOf(aRun({ slo: { ttftMs: 1 }, intervals: [anInterval({ users: 3, ttft: times(0.5) })] })),
  ).toBeNull()
})

test('users are means over a second: as many fit as there were whole ones', () => {
  const run = growing({ ttftMs: 60_000 })
  const intervals = run.intervals.map((one) => ({ ...one, users: one.users - 0.4 }))
  expect(verdict({ ...run, intervals }).statements.join(' ')).toContain('At least 59 users fit')
  const little = intervals.map((one) => ({ ...one, users: 0.5 }))
  expect(verdict({ ...run, intervals: little }).statements.join(' ')).toContain('At least 0.5 users fit')
})

test('the second in which a run was cut off says nothing of capacity', () => {
  const run = growing({ ttftMs: 60_000 })
  expect(capacityOf({ ...run, durationMs: 50_200 })?.users).toBe(50)
})
