import { aLatencies, aTally, times } from '@slicechat/run/testing'
import { describe, expect, test } from 'vitest'
import { abortProblem, latenciesOf, ThresholdWatch } from './abort-rule.ts'

const steady = { fromMs: 5_000, untilMs: 60_000 }
const watch = (...thresholds: string[]) => new ThresholdWatch({ thresholds, delayMs: 10_000 }, steady, 1)
const watchOfTwo = (...thresholds: string[]) => new ThresholdWatch({ thresholds, delayMs: 10_000 }, steady, 2)
const tally = (failed: number, succeeded: number) =>
  aTally({ failed, succeeded, started: failed + succeeded, intended: failed + succeeded })

describe('a run is ended', () => {
  test('by a rate that is missed once the delay of the steady part is over', () => {
    const one = watch('errors.rate < 50%')
    expect(one.add(0, { atMs: 14_999, tally: tally(9, 1) })).toBeUndefined()
    expect(one.add(0, { atMs: 15_000, tally: tally(9, 1) })).toEqual({
      expression: 'errors.rate < 50%',
      value: 0.9,
      atMs: 15_000,
    })
  })

  test('at once by a count that cannot come back', () => {
    const one = watch('errors.rate < 50%', 'errors.count <= 2')
    expect(one.add(0, { atMs: 6_000, tally: tally(2, 0) })).toBeUndefined()
    expect(one.add(0, { atMs: 7_000, tally: tally(3, 0) })).toMatchObject({ expression: 'errors.count <= 2' })
  })

  test('by all threads together, the newest of each', () => {
    const one = watchOfTwo('errors.rate < 50%')
    one.add(0, { atMs: 15_000, tally: tally(0, 5) })
    one.add(0, { atMs: 20_000, tally: tally(0, 10) })
    expect(one.add(1, { atMs: 20_000, tally: tally(9, 0) })).toBeUndefined()
    expect(one.add(1, { atMs: 21_000, tally: tally(10, 0) })).toMatchObject({ value: 0.5 })
  })

  test('by no rate that lacks what one of the threads has not told yet', () => {
    const one = watchOfTwo('requests.rate >= 1')
    expect(one.add(0, { atMs: 15_000, tally: tally(0, 5) })).toBeUndefined()
    expect(one.add(1, { atMs: 15_000, tally: tally(0, 5) })).toBeUndefined()
    expect(one.add(0, { atMs: 20_000, tally: tally(0, 8) })).toBeUndefined()
    expect(one.add(1, { atMs: 20_000, tally: tally(0, 6) })).toMatchObject({ value: 14 / 15, atMs: 20_000 })
  })

  test('by a percentile of what has ended, and never by nothing', () => {
    const one = watch('ttft.p95 < 1s')
    expect(one.add(0, { atMs: 20_000, tally: aTally() })).toBeUndefined()
    const slow = { ...tally(0, 2), latencies: aLatencies({ ttft: times(2_000, 3_000) }) }
    expect(one.add(0, { atMs: 20_000, tally: slow })?.value).toBeGreaterThan(2_900)
  })
})

test('only the histograms that are read are asked for', () => {
  expect(latenciesOf(['ttft.p95 < 1s', 'ttft.max < 9s', 'gap.p99 < 1s', 'goodput > 90%'])).toEqual([
    'ttft',
    'gap',
  ])
})

test('a number that has to grow is only known at the end', () => {
  expect(abortProblem('errors.count >= 5')).toContain('only known at the end')
  expect(abortProblem('tokens.rate > 5')).toBeUndefined()
})
