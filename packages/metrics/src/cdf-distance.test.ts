import fc from 'fast-check'
import { expect, test } from 'vitest'
import { cdfDistance, shares } from './cdf-distance.ts'
import { bucketSamples, emptyHistogram } from './histogram.ts'
import { anyHistogram, anySamples } from './testing/arbitrary-histogram.ts'

test('is where the shares differ most', () => {
  const a = bucketSamples([0.1, 0.2, 0.6, 3], [0.25, 0.5, 1, 5])
  const b = bucketSamples([0.4, 0.7, 0.8, 0.9], [0.25, 1, 2, 5])
  expect(cdfDistance(a, b)).toEqual({ distance: 0.5, edge: 0.25, a: 0.5, b: 0, edges: 3 })
  expect(cdfDistance(b, a)).toEqual({ distance: 0.5, edge: 0.25, a: 0, b: 0.5, edges: 3 })
})

test('of edges where they differ as much, it names the lowest', () => {
  const a = bucketSamples([1, 1], [1, 2, 3])
  const b = bucketSamples([1, 3], [1, 2, 3])
  expect(cdfDistance(a, b)).toMatchObject({ distance: 0.5, edge: 1 })
})

test('is symmetric, from 0 to 1, and 0 between like and like', () => {
  fc.assert(
    fc.property(anyHistogram, anyHistogram, (a, b) => {
      const there = cdfDistance(a, b)
      expect(there?.distance).toBe(cdfDistance(b, a)?.distance)
      if (there) expect(there.distance).toBeGreaterThanOrEqual(0)
      if (there) expect(there.distance).toBeLessThanOrEqual(1)
      expect(cdfDistance(a, a)?.distance ?? 0).toBe(0)
    }),
  )
})

test('never exceeds the Kolmogorov–Smirnov distance of the samples, and meets it when every value has an edge', () => {
  const every = Array.from({ length: 61 }, (_, value) => value)
  const some = fc.subarray(every)
  const nonEmpty = anySamples.filter((samples) => samples.length > 0)
  fc.assert(
    fc.property(nonEmpty, nonEmpty, some, (a, b, edges) => {
      const share = (samples: number[], x: number) => samples.filter((y) => y <= x).length / samples.length
      const truth = Math.max(...every.map((x) => Math.abs(share(a, x) - share(b, x))))
      const at = (list: number[]) => cdfDistance(bucketSamples(a, list), bucketSamples(b, list))
      expect(at(every)?.distance).toBe(truth)
      expect(at(edges)?.distance ?? 0).toBeLessThanOrEqual(truth)
    }),
  )
})

test('is unknown when one is empty or no edge is shared', () => {
  expect(cdfDistance(emptyHistogram([1]), bucketSamples([1], [1]))).toBeNull()
  expect(cdfDistance(bucketSamples([1], [1]), bucketSamples([1], [2]))).toBeNull()
  expect(shares(emptyHistogram([1, 2]))).toEqual([0, 0])
})
