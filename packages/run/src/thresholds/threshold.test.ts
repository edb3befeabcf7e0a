import { expect, test } from 'vitest'
import { aLatencies, aTally, times } from '../testing/parts.ts'
import { evaluateThresholds, parseThreshold, ThresholdError } from './threshold.ts'

const tally = aTally({
  started: 100,
  intended: 120,
  dropped: 20,
  succeeded: 95,
  failed: 5,
  completionTokens: 9_000,
  goodRequests: 90,
  latencies: aLatencies({ ttft: times(1, 1.5, 1.6, 1.9), gap: times(0.2, 0.4) }),
})
const tenSeconds = { steady: { fromMs: 2_000, untilMs: 12_000 }, durationMs: 14_000 }
const verdict = (expression: string, of = tally, time = tenSeconds) =>
  evaluateThresholds([expression], { steadyTally: of, ...time })[0]

test.each([
  ['ttft.p95 < 2ms', 1.9, true],
  ['ttft.p50<=1.5ms', 1.5, true],
  ['ttft.p50 < 0.0015', 1.5, false],
  ['gap.p99.9 < 1m', 0.4, true],
  ['gap.mean > 1s', 0.3, false],
  ['ttft.max >= 0.0019s', 1.9, true],
  ['errors.rate < 1%', 0.05, false],
  ['errors.rate <= 0.05', 0.05, true],
  ['errors.count < 6', 5, true],
  ['goodput >= 75%', 0.75, true],
  ['dropped.count < 1', 20, false],
  ['tokens.rate > 500', 900, true],
  ['requests.rate >= 9.5/s', 9.5, true],
])('%s: %d, %s', (expression, value, passed) => {
  expect(verdict(expression)).toEqual({ expression, value, passed })
})

test('what was not measured is missed', () => {
  expect(verdict('e2e.p50 < 1m')).toEqual({
    expression: 'e2e.p50 < 1m',
    value: null,
    passed: false,
  })
})

test('what was cut off undecided counts neither for nor against the server', () => {
  const cut = { ...tally, undecided: 20, intended: 140, started: 120, unfinished: 20 }
  expect(verdict('goodput >= 75%', cut)).toMatchObject({ value: 0.75, passed: true })
  expect(verdict('errors.rate < 5%', cut)).toMatchObject({ value: 0.05, passed: false })
  // Requests that had all the time there was, and did not end, count.
  expect(verdict('goodput >= 75%', { ...cut, undecided: 0 })?.value).toBeCloseTo(90 / 140)
})

test.each([
  'goodput >= 50%',
  'errors.rate < 1%',
  'errors.count < 1',
  'dropped.count < 1',
  'tokens.rate < 1',
  'ttft.p95 < 1s',
])('without a request to judge %s is not passed, and nothing is its value', (expression) => {
  const nothing = { expression, value: null, passed: false }
  expect(verdict(expression, aTally())).toEqual(nothing)
  expect(verdict(expression, aTally({ started: 4, succeeded: 0, unfinished: 4, undecided: 4 }))).toEqual(
    nothing,
  )
})

test('rates are of the steady part that there was', () => {
  expect(verdict('tokens.rate > 1', tally, { ...tenSeconds, durationMs: 7_000 })?.value).toBe(9_000 / 5)
})

test.each([
  ['ttft.p95', 'form'],
  ['ttft.p95 < fast', 'form'],
  ['ttft < 2s', 'percentile such as .p95'],
  ['ttft.p101 < 2s', 'percentile'],
  ['speed.p95 < 2s', 'there is no "speed.p95"'],
  ['errors < 2', 'there is no "errors"'],
  ['errors.rate < 2s', '1% or 0.01'],
  ['errors.rate < 2', '0% to 100%'],
  ['errors.count < 2%', 'no unit'],
  ['ttft.p95 < 2%', 'ms, s or m'],
  ['tokens.rate > 5ms', 'a second'],
])('%s is refused: %s', (expression, why) => {
  expect(() => parseThreshold(expression)).toThrow(ThresholdError)
  expect(() => parseThreshold(expression)).toThrow(why)
  expect(() => parseThreshold(expression)).toThrow(expression)
})
