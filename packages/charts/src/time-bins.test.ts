import { expect, test } from 'vitest'
import { anInterval, aRun } from '@slicechat/run/testing'
import { timeBins } from './time-bins.ts'

test('the last second shows the load that there was until the run ended within it', () => {
  const run = aRun({
    durationMs: 1_500,
    intervals: [anInterval({ users: 4, active: 3 }), anInterval({ atMs: 1_000, users: 2, active: 1.25 })],
  })
  expect(timeBins(run, 10).map(({ load }) => [load?.users, load?.active])).toEqual([
    [4, 3],
    [4, 2.5],
  ])
  expect(timeBins(run, 1)[0]?.load?.active).toBeCloseTo((3 * 1_000 + 2.5 * 500) / 1_500)
})
