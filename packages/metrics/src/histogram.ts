/** A histogram with finite upper edges. Edges are inclusive (`le`): a bucket is `(previous edge, edge]`. */
export interface HistogramData {
  /** Finite upper edges, strictly ascending. */
  readonly edges: readonly number[]
  /** Samples in each bucket, not cumulative; one longer than `edges`, the last for `+Inf`. */
  readonly counts: readonly number[]
  /** Sum of the samples; NaN where the page gave none. */
  readonly sum: number
  /** Number of samples: the sum of `counts`. */
  readonly count: number
}

/** A histogram without samples. @throws {RangeError} when edges are not finite and strictly ascending */
export function emptyHistogram(edges: readonly number[]): HistogramData {
  checkEdges(edges)
  return { edges, counts: new Array<number>(edges.length + 1).fill(0), sum: 0, count: 0 }
}

/**
 * Sorts raw samples into buckets, as a server would. A sample equal to an edge falls into the bucket below that edge.
 *
 * @throws {RangeError} on a sample that is NaN, or edges that are not finite and strictly ascending
 */
export function bucketSamples(samples: Iterable<number>, edges: readonly number[]): HistogramData {
  checkEdges(edges)
  const counts = new Array<number>(edges.length + 1).fill(0)
  let sum = 0
  let count = 0
  for (const sample of samples) {
    if (Number.isNaN(sample)) throw new RangeError('a sample is NaN')
    const bucket = bucketOf(sample, edges)
    counts[bucket] = (counts[bucket] ?? 0) + 1
    sum += sample
    count++
  }
  return { edges, counts, sum, count }
}

/** The index of the bucket that a sample falls into: the first bucket whose edge is at or above the sample. */
export function bucketOf(sample: number, edges: readonly number[]): number {
  let low = 0
  let high = edges.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (sample <= (edges[middle] ?? Number.POSITIVE_INFINITY)) high = middle
    else low = middle + 1
  }
  return low
}

/** Number of samples at or below each edge, one value per edge. */
export function cumulativeCounts({ edges, counts }: HistogramData): readonly number[] {
  let running = 0
  return edges.map((_, index) => (running += counts[index] ?? 0))
}

/** Sum over count; `null` when empty. */
export function histogramMean({ sum, count }: HistogramData): number | null {
  return count === 0 ? null : sum / count
}

/** @throws {RangeError} when edges are not finite and strictly ascending */
export function checkEdges(edges: readonly number[]): void {
  edges.forEach((edge, index) => {
    if (Number.isFinite(edge) && edge > (edges[index - 1] ?? Number.NEGATIVE_INFINITY)) return
    throw new RangeError(`edges must be finite and strictly ascending: ${edges.join(' ')}`)
  })
}
