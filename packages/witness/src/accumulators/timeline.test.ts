import { expect, test } from 'vitest'
import { Timeline } from './timeline.ts'

test('hours of samples become means of neighbours; the first and the last stay', () => {
  const timeline = new Timeline(100)
  for (let second = 0; second < 36_001; second++) {
    timeline.at(second)
    timeline.set('line', 2 * second)
    // A series that begins late has its points at the same times.
    if (second >= 20_000) timeline.set('late', second)
  }
  const points = timeline.points('line')
  expect(points.length).toBeGreaterThan(50)
  expect(points.length).toBeLessThanOrEqual(101)
  expect(points[0]).toEqual([0, 0])
  expect(points.at(-1)).toEqual([36_000, 72_000])
  for (const [ms, value] of points) expect(value).toBeCloseTo(2 * ms, 6)
  const times = new Set(points.map(([ms]) => ms))
  expect(timeline.points('late').filter(([ms]) => !times.has(ms))).toEqual([])
})
