import type { HistogramData } from './histogram.ts'

/** The edges that both have, ascending. Edges are compared exactly. */
export function sharedEdges(a: readonly number[], b: readonly number[]): readonly number[] {
  const other = new Set(b)
  return a.filter((edge) => other.has(edge))
}

/**
 * The same samples in fewer, wider buckets: exact, since every bucket falls whole into one of the new.
 *
 * @param edges some of the histogram's own edges, ascending
 * @throws {RangeError} on an edge that the histogram does not have, since what lies below it is not known
 */
export function rebucket(histogram: HistogramData, edges: readonly number[]): HistogramData {
  const counts: number[] = []
  let bucket = 0
  for (const edge of [...edges, Number.POSITIVE_INFINITY]) {
    let inBucket = 0
    while (bucket < histogram.counts.length) {
      const upper = histogram.edges[bucket] ?? Number.POSITIVE_INFINITY
      if (upper > edge) break
      inBucket += histogram.counts[bucket++] ?? 0
      if (upper === edge) break
    }
    const reached = bucket === 0 ? undefined : (histogram.edges[bucket - 1] ?? Number.POSITIVE_INFINITY)
    if (reached !== edge) throw new RangeError(`the histogram has no edge at ${edge}`)
    counts.push(inBucket)
  }
  return { edges: [...edges], counts, sum: histogram.sum, count: histogram.count }
}

/**
 * Both together. Where their edges differ, both are first cut down to the edges that they share (`rebucket`), which
 * loses resolution and never a sample. Associative and commutative: any order of merging gives the same, up to
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
