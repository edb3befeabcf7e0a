import type { HistogramData } from './histogram.ts'
import { bucketOf, checkEdges } from './histogram.ts'

/** The edges that both have, ascending. Edges are compared exactly. */
export function sharedEdges(a: readonly number[], b: readonly number[]): readonly number[] {
  const other = new Set(b)
  return a.filter((edge) => other.has(edge))
}

/**
 * Puts the samples into fewer, wider buckets. The result is exact, because each old bucket lies within one new bucket.
 *
 * @param edges some of the histogram's own edges, ascending
 * @throws {RangeError} on an edge that the histogram does not have, because the count below it is not known, and on
 *   edges that do not ascend
 */
export function rebucket(histogram: HistogramData, edges: readonly number[]): HistogramData {
  checkEdges(edges)
  const own = new Set(histogram.edges)
  const missing = edges.find((edge) => !own.has(edge))
  if (missing !== undefined) throw new RangeError(`the histogram has no edge at ${missing}`)
  const counts = new Array<number>(edges.length + 1).fill(0)
  histogram.counts.forEach((count, bucket) => {
    const wider = bucketOf(histogram.edges[bucket] ?? Number.POSITIVE_INFINITY, edges)
    counts[wider] = (counts[wider] ?? 0) + count
  })
  return { edges: [...edges], counts, sum: histogram.sum, count: histogram.count }
}

/**
 * Merges two histograms. If their edges differ, both are first reduced to the edges that they share (`rebucket`), which
 * loses resolution but no sample. Merging is associative and commutative: any order gives the same result, up to
 * rounding of `sum`.
 */
export function mergeHistograms(a: HistogramData, b: HistogramData): HistogramData {
  const edges = sharedEdges(a.edges, b.edges)
  const left = rebucket(a, edges)
  const right = rebucket(b, edges)
  return {
    edges,
    counts: left.counts.map((count, bucket) => count + (right.counts[bucket] ?? 0)),
    sum: a.sum + b.sum,
    count: a.count + b.count,
  }
}
