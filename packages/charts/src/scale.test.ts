import fc from 'fast-check'
import { expect, test } from 'vitest'
import { linearScale, logScale, timeScale } from './scale.ts'

const anyValues = fc.array(fc.double({ min: 0, max: 1e15, noNaN: true }), { maxLength: 8 })

test('a linear axis begins at 0, ends at a round number, and keeps all values within', () => {
  const scale = linearScale([3, 47], [100, 0])
  expect(scale.ticks).toEqual([0, 10, 20, 30, 40, 50])
  expect([scale.at(0), scale.at(25), scale.at(50)]).toEqual([100, 50, 0])
})

test('an axis without values is one all the same', () => {
  expect(linearScale([], [100, 0]).ticks).toContain(1)
  expect(logScale([], [0, 100]).ticks).toEqual([1, 2, 5, 10])
  expect(timeScale(0, 0, [0, 100]).at(0)).toBe(0)
})

test('a logarithmic axis has ticks where there is room', () => {
  expect(logScale([3, 800], [0, 600], 42).ticks).toEqual([2, 5, 10, 20, 50, 100, 200, 500, 1000])
  expect(logScale([3, 800], [0, 200], 42).ticks).toEqual([10, 100, 1000])
})

test('time is marked at round times, and ends where the run does', () => {
  const scale = timeScale(0, 185_000, [0, 600])
  expect(scale.ticks).toEqual([0, 30_000, 60_000, 90_000, 120_000, 150_000, 180_000])
  expect(scale.at(185_000)).toBe(600)
})

test.each([
  ['linear', linearScale],
  ['logarithmic', logScale],
] as const)('%s: pixels are finite, in range and in order, and ticks are few', (_, make) => {
  fc.assert(
    fc.property(anyValues, (values) => {
      const scale = make(values, [0, 500])
      const pixels = values.toSorted((a, b) => a - b).map(scale.at)
      expect(pixels.every((pixel) => pixel >= 0 && pixel <= 500)).toBe(true)
      expect(pixels).toEqual(pixels.toSorted((a, b) => a - b))
      expect(scale.ticks.length).toBeGreaterThan(0)
      expect(scale.ticks.length).toBeLessThan(60)
    }),
  )
})
