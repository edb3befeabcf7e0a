import fc from 'fast-check'
import { expect, test } from 'vitest'
import { bucketSamples } from './histogram.ts'
import { mergeHistograms, rebucket, sharedEdges } from './histogram-merge.ts'
import { anyEdges, anyHistogram, anySamples } from './testing/arbitrary-histogram.ts'

test('merging is associative and commutative, other edges included', () => {
  fc.assert(
    fc.property(anyHistogram, anyHistogram, anyHistogram, (a, b, c) => {
      expect(mergeHistograms(mergeHistograms(a, b), c)).toEqual(mergeHistograms(a, mergeHistograms(b, c)))
      expect(mergeHistograms(a, b)).toEqual(mergeHistograms(b, a))
    }),
  )
})

test('merging is the histogram of all the samples, at the shared edges', () => {
  fc.assert(
    fc.property(anySamples, anyEdges, anySamples, anyEdges, (a, edgesOfA, b, edgesOfB) => {
      expect(mergeHistograms(bucketSamples(a, edgesOfA), bucketSamples(b, edgesOfB))).toEqual(
        bucketSamples([...a, ...b], sharedEdges(edgesOfA, edgesOfB)),
      )
    }),
  )
})

test('cutting down to fewer edges is bucketing the samples by them', () => {
  const subset = anyEdges.chain((edges) => fc.tuple(fc.constant(edges), fc.subarray(edges)))
  fc.assert(
    fc.property(anySamples, subset, (samples, [edges, fewer]) => {
      expect(rebucket(bucketSamples(samples, edges), fewer)).toEqual(bucketSamples(samples, fewer))
    }),
  )
})

test.each([[[0.5]], [[1, 1.5]], [[3]]])('an edge of %j that it does not have is refused', (edges) => {
  expect(() => rebucket(bucketSamples([1], [1, 2]), edges)).toThrow(/the histogram has no edge at/)
})

test.each([[[2, 1]], [[1, 1]]])('edges %j do not ascend and are refused', (edges) => {
  expect(() => rebucket(bucketSamples([1], [1, 2]), edges)).toThrow('strictly ascending')
})

test('nothing shared leaves the count and the sum', () => {
  expect(mergeHistograms(bucketSamples([1, 5], [1]), bucketSamples([2], [2]))).toEqual({
    edges: [],
    counts: [3],
    sum: 8,
    count: 3,
  })
})
