import { expect, test } from 'vitest'
import { IntervalSeries } from './interval-series.ts'

const loads = (intervals: readonly { users: number; active: number }[]) =>
  intervals.map(({ users, active }) => [users, active])

test('users and requests under way are averages over each interval, split where it ends', () => {
  const series = new IntervalSeries(1_000)
  series.users(0, 4)
  series.active(250, 1)
  series.active(500, 2)
  // Closed late, after a request had ended: what came after the boundary belongs to the next interval.
  series.active(1_010, 1)
  expect(loads(series.closePast(1_014))).toEqual([[4, (250 * 1 + 500 * 2) / 1_000]])
  series.active(1_500, 0)
  series.users(2_500, 8)
  series.active(2_500, 3)
  // `closePast` was not called for two intervals.
  expect(loads(series.closePast(4_014))).toEqual([
    [4, (10 * 2 + 490 * 1) / 1_000],
    [6, 1.5],
    [8, 3],
  ])
  series.active(4_200, 0)
  expect(series.closePast(4_250)).toEqual([])
  // The run ends within an interval: after its end there is no load.
  expect(loads(series.build(4_250)).at(-1)).toEqual([2, 0.6])
  expect(series.build(4_250)).toHaveLength(5)
})

test('a count that stays is that count to the last digit, whenever an interval is closed', () => {
  const series = new IntervalSeries(1_000)
  series.users(0, 7)
  for (let second = 1; second <= 100; second++)
    expect(loads(series.closePast(second * 1_000 + 13.7 + second / 3))).toEqual([[7, 0]])
})

test('the areas of all intervals are the times of all requests together', () => {
  const series = new IntervalSeries(1_000)
  const requests = [
    [0, 3_700],
    [100, 250],
    [900, 1_100],
    [1_999.5, 2_000.5],
    [2_000, 3_700],
  ] as const
  const changes = requests
    .flatMap(([start, end]) => [
      { atMs: start, by: 1 },
      { atMs: end, by: -1 },
    ])
    .toSorted((a, b) => a.atMs - b.atMs)
  let active = 0
  for (const { atMs, by } of changes) series.active(atMs, (active += by))
  const area = series.build(3_700).reduce((sum, interval) => sum + interval.active * 1_000, 0)
  expect(area).toBe(requests.reduce((sum, [start, end]) => sum + end - start, 0))
})
