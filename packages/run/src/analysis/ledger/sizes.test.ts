import { bucketSamples, oneTwoFiveUpTo } from '@slicechat/metrics/reading'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { sumDifferenceRange, subsetSumRange } from './sizes.ts'

const edges = oneTwoFiveUpTo(200)
const finer = oneTwoFiveUpTo(10_000)
const sizes = fc.array(fc.nat({ max: 400 }), { maxLength: 12 })
const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0)
/** The sum of the bucket widths of these sizes, which all lie below the last edge. */
const widths = (of: readonly number[]): number =>
  sum(
    of.map((size) => {
      const above = edges.findIndex((edge) => size <= edge)
      return (edges[above] ?? Infinity) - (above === 0 ? 0 : (edges[above - 1] ?? 0) + 1)
    }),
  )

test('what some of the sizes add up to lies within', () => {
  fc.assert(
    fc.property(sizes, fc.nat({ max: 12 }), (all, number) => {
      const some = all.slice(0, number)
      const { least, most } = subsetSumRange(bucketSamples(all, edges), some.length)
      expect(least).toBeLessThanOrEqual(sum(some))
      expect(most).toBeGreaterThanOrEqual(sum(some))
      expect(most).toBeLessThanOrEqual(sum(all))
      expect(least).toBeGreaterThanOrEqual(0)
    }),
  )
})

test.each([
  [[30, 70], 0, { least: 0, most: 0 }],
  [[30, 70], 2, { least: 100, most: 100 }],
  // Whichever of them is taken, the other is at most 100, and at least 21.
  [[30, 70], 1, { least: 21, most: 79 }],
  // The last bucket has no upper edge; the sum bounds it, since the other size is at least 3.
  [[4, 400], 1, { least: 3, most: 401 }],
])('of %j, %i', (all, number, range) => {
  expect(subsetSumRange(bucketSamples(all, edges), number)).toEqual(range)
})

test('what two sets of sizes do not share lies within, at different edges too', () => {
  fc.assert(
    fc.property(sizes, sizes, sizes, (both, onlyA, onlyB) => {
      const a = bucketSamples([...both, ...onlyA], edges)
      const b = bucketSamples([...onlyB, ...both], finer)
      const { least, most } = sumDifferenceRange(a, b, { onlyA: onlyA.length, onlyB: onlyB.length })
      expect(least).toBeLessThanOrEqual(sum(onlyA) - sum(onlyB))
      expect(most).toBeGreaterThanOrEqual(sum(onlyA) - sum(onlyB))
    }),
  )
})

test('sizes that only one has are known to their buckets, however many could be', () => {
  const small = fc.array(fc.nat({ max: 200 }), { maxLength: 12 })
  fc.assert(
    fc.property(sizes, small, fc.nat({ max: 5 }), (both, only, spare) => {
      const a = bucketSamples([...both, ...only], edges)
      const b = bucketSamples(both, finer)
      const { least, most } = sumDifferenceRange(a, b, { onlyA: only.length + spare, onlyB: 0 })
      expect(most - least).toBeLessThanOrEqual(widths(only))
    }),
  )
})

test('no size is put down to one alone where none can be', () => {
  fc.assert(
    fc.property(sizes, sizes, (some, others) => {
      const range = sumDifferenceRange(bucketSamples(some, edges), bucketSamples(others, edges), {
        onlyA: 0,
        onlyB: 0,
      })
      expect(range.least + 0).toBe(0)
      expect(range.most + 0).toBe(0)
    }),
  )
})
