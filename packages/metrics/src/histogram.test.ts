import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { bucketOf, bucketSamples, cumulativeCounts, emptyHistogram, histogramMean } from './histogram.ts'
import { anyEdges } from './testing/arbitrary-histogram.ts'

describe('bucketing raw samples', () => {
  test('an edge is inclusive, what is above the last falls into +Inf', () => {
    const histogram = bucketSamples([0, 0.1, 0.1001, 0.5, 0.6, 1e9, Infinity], [0.1, 0.5])
    expect(histogram).toEqual({ edges: [0.1, 0.5], counts: [2, 2, 3], sum: Infinity, count: 7 })
  })

  test('without edges there is one bucket', () => {
    expect(bucketSamples([1, 2], [])).toEqual({ edges: [], counts: [2], sum: 3, count: 2 })
  })

  test('the search finds what a walk finds', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true }), anyEdges, (sample, edges) => {
        const walked = edges.findIndex((edge) => sample <= edge)
        expect(bucketOf(sample, edges)).toBe(walked === -1 ? edges.length : walked)
      }),
    )
  })

  test('cumulative counts say how many are at or below each edge', () => {
    const samples = fc.array(fc.double({ noNaN: true, min: -5, max: 60 }))
    fc.assert(
      fc.property(samples, anyEdges, (values, edges) => {
        const below = edges.map((edge) => values.filter((value) => value <= edge).length)
        expect(cumulativeCounts(bucketSamples(values, edges))).toEqual(below)
      }),
    )
  })

  test.each([[[1, 1]], [[2, 1]], [[NaN]], [[1, Infinity]]])('edges %j are refused', (edges) => {
    expect(() => bucketSamples([], edges)).toThrow(RangeError)
    expect(() => emptyHistogram(edges)).toThrow('strictly ascending')
  })

  test('a sample that is NaN is refused: it would belong nowhere', () => {
    expect(() => bucketSamples([1, NaN], [1])).toThrow('a sample is NaN')
  })
})

test('the mean is sum over count, and unknown when empty', () => {
  expect(histogramMean(bucketSamples([1, 2, 6], [1]))).toBe(3)
  expect(histogramMean(emptyHistogram([1]))).toBeNull()
})
