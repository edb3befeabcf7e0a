import type { Outcome } from '@slicechat/run/outcome'
import { expect, test } from 'vitest'
import { bounded, toSummary } from './verdict.ts'

const summary = {
  id: 'a',
  name: 'smoke',
  startedAt: '2026-11-27T08:00:00.000Z',
  durationMs: 1,
  target: { kind: 'api', model: 'm', simulated: true },
  peakUsers: 1,
  requests: 1,
  goodput: null,
  ttftP95Ms: null,
  tokensPerSecond: null,
  sound: true,
} as const
const outcome: Outcome = { findings: [], started: 1, succeeded: 1, thresholds: 0, alone: true, shard: null }

test('the list has a sentence for what is stored as codes, and the one that was stored before', () => {
  expect(toSummary({ ...summary, outcome })).toEqual({
    ...summary,
    verdict: '1 of 1 request succeeded; only the client counted.',
  })
  expect(toSummary({ ...summary, verdict: 'as it was' })).toEqual({ ...summary, verdict: 'as it was' })
})

test.each([
  ['long thresholds', { findings: [{ code: 'missed', thresholds: ['x'.repeat(9_999), 'y'] }] }],
  ['many thresholds', { findings: [{ code: 'not-measured', thresholds: Array<string>(9_999).fill('x') }] }],
  ['a long reason', { findings: [{ code: 'cut-short', why: 'x'.repeat(9_999) }] }],
  ['many shards', { shard: { indices: Array<number>(9_999).fill(1), count: 9_999 } }],
] satisfies [string, Partial<Outcome>][])('%s are cut, and the sentence is the same', (_name, part) => {
  const whole: Outcome = { ...outcome, ...part }
  expect(JSON.stringify(bounded(whole)).length).toBeLessThan(3_000)
  expect(toSummary({ ...summary, outcome: bounded(whole) })).toEqual(
    toSummary({ ...summary, outcome: whole }),
  )
})
