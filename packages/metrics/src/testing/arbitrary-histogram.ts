import fc from 'fast-check'
import { bucketSamples } from '../histogram.ts'

/** Realistic edges: positive, ascending, and from a small pool, so that two lists often share some. */
export const anyEdges: fc.Arbitrary<number[]> = fc
  .uniqueArray(fc.constantFrom(0.1, 0.25, 0.5, 1, 2, 3, 5, 7.5, 10, 20, 50), { maxLength: 8 })
  .map((edges) => edges.sort((a, b) => a - b))

/** Samples on, between and beyond the edges. They are whole numbers, so that sums are exact. */
export const anySamples = fc.array(fc.integer({ min: 0, max: 60 }), { maxLength: 40 })

/** A histogram of such samples. */
export const anyHistogram = fc
  .tuple(anySamples, anyEdges)
  .map(([samples, edges]) => bucketSamples(samples, edges))
