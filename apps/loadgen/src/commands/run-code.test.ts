import { ledgerOf } from '@slicechat/run/analysis'
import { aRun, aTally } from '@slicechat/run/testing'
import { expect, test } from 'vitest'
import { runCode } from './run-code.ts'

const run = aRun({ whole: aTally({ started: 1 }) })
const balanced = { ...ledgerOf(run), balanced: true }
const missed = { ...run, thresholds: [{ expression: 'ttft.p95 < 1s', value: 2000, passed: false }] }
const saturated = { ...missed, self: { ...run.self, saturated: true } }

test('what makes other findings worthless comes first', () => {
  expect(runCode(run, balanced, false)).toBe(0)
  expect(runCode(missed, balanced, false)).toBe(99)
  expect(runCode(saturated, balanced, false)).toBe(1)
  expect(runCode(missed, balanced, false, true)).toBe(1)
  expect(runCode(missed, { ...balanced, balanced: false }, false, true)).toBe(98)
  expect(runCode(saturated, { ...balanced, balanced: false }, false)).toBe(98)
  expect(runCode(saturated, { ...balanced, balanced: false }, true)).toBe(130)
})

test('a run that had nothing to send is no success', () => {
  expect(runCode(aRun(), balanced, false)).toBe(1)
})

test('a run in which nothing succeeded is an error, thresholds or none', () => {
  const whole = { ...run.whole, started: 5, failed: 5, succeeded: 0 }
  expect(runCode({ ...run, whole, thresholds: [] }, balanced, false)).toBe(1)
  expect(runCode({ ...missed, whole }, balanced, false)).toBe(1)
  // With --abort-on the user has asked for just that.
  expect(runCode({ ...missed, whole }, balanced, false, false, true)).toBe(99)
})
