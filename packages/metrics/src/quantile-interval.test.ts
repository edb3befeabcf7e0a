import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { bucketSamples, emptyHistogram } from './histogram.ts'
import { nearestRank, quantileInterval, shareWithin } from './quantile-interval.ts'
import { anyEdges, anySamples } from './testing/arbitrary-histogram.ts'

const percent = fc.integer({ min: 0, max: 100 })

describe('a quantile interval', () => {
  test('holds the true quantile of the samples', () => {
    const durations = fc.array(fc.double({ min: 0, max: 70, noNaN: true }), { minLength: 1 })
    fc.assert(
      fc.property(fc.oneof(durations, anySamples), anyEdges, percent, (samples, edges, p) => {
        fc.pre(samples.length > 0)
        const interval = quantileInterval(bucketSamples(samples, edges), p / 100)
        const [lower, upper] = interval ?? [NaN, NaN]
        // The rank ⌈p·n/100⌉ is computed in whole numbers, so that it is exact.
        const rank = Math.max(1, Math.ceil((p * samples.length) / 100))
        const truth = samples.toSorted((a, b) => a - b)[rank - 1] ?? NaN
        expect(truth).toBeLessThanOrEqual(upper)
        if (lower === 0) expect(truth).toBeGreaterThanOrEqual(0)
        else expect(truth).toBeGreaterThan(lower)
      }),
      { numRuns: 1000 },
    )
  })

  test('is a bucket: its ends are neighbours among the edges', () => {
    const histogram = bucketSamples([0.2, 0.3, 0.3, 4, 90], [0.1, 0.25, 0.5, 5, 10])
    expect(quantileInterval(histogram, 0)).toEqual([0.1, 0.25])
    expect(quantileInterval(histogram, 0.2)).toEqual([0.1, 0.25])
    expect(quantileInterval(histogram, 0.21)).toEqual([0.25, 0.5])
    expect(quantileInterval(histogram, 0.8)).toEqual([0.5, 5])
    expect(quantileInterval(histogram, 0.99)).toEqual([10, Infinity])
    expect(quantileInterval(bucketSamples([0.01], [0.1]), 0.5)).toEqual([0, 0.1])
    expect(quantileInterval(bucketSamples([-3], [0, 1]), 0.5)).toEqual([-Infinity, 0])
    expect(quantileInterval(bucketSamples([3], []), 0.5)).toEqual([0, Infinity])
  })

  test('is unknown when empty, refused outside 0 to 1', () => {
    expect(quantileInterval(emptyHistogram([1]), 0.5)).toBeNull()
    for (const q of [-0.1, 1.1, NaN, 95]) {
      expect(() => quantileInterval(emptyHistogram([1]), q)).toThrow('a quantile is from 0 to 1')
    }
  })

  test('ranks are not pushed up by floating point', () => {
    const wrong: string[] = []
    for (let n = 1; n <= 2000; n++) {
      for (let p = 0; p <= 100; p++) {
        if (nearestRank(p / 100, n) !== Math.max(1, Math.ceil((p * n) / 100))) wrong.push(`${p}% of ${n}`)
      }
    }
    expect(wrong).toEqual([])
  })
})

describe('the share within a limit', () => {
  test('holds the true share, and is exact at an edge', () => {
    const limit = fc.oneof(
      fc.double({ min: 0, max: 70, noNaN: true }),
      fc.constantFrom(0.5, 1, 5, 10, Infinity),
    )
    fc.assert(
      fc.property(anySamples, anyEdges, limit, (samples, edges, within) => {
        const interval = shareWithin(bucketSamples(samples, edges), within)
        fc.pre(samples.length > 0)
        const truth = samples.filter((sample) => sample <= within).length / samples.length
        const [lower, upper] = interval ?? [NaN, NaN]
        expect(truth).toBeGreaterThanOrEqual(lower)
        expect(truth).toBeLessThanOrEqual(upper)
        if (edges.includes(within) || within === Infinity) expect(lower).toBe(upper)
      }),
      { numRuns: 1000 },
    )
  })

  test('is unknown when empty', () => {
    expect(shareWithin(emptyHistogram([1]), 1)).toBeNull()
  })
})
