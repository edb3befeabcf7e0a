import type { HistogramData } from './histogram.ts'
import { cumulativeCounts } from './histogram.ts'
import { rebucket, sharedEdges } from './histogram-merge.ts'

/** How far apart two histograms are. */
export interface CdfDistance {
  /** The largest |F_a − F_b|, from 0 (alike at every shared edge) to 1. */
  readonly distance: number
  /** The edge where it is largest; the lowest such. */
  readonly edge: number
  /** The share of `a` that is not above `edge`. */
  readonly a: number
  /** The share of `b` that is not above `edge`. */
  readonly b: number
  /** At how many edges they were compared. */
  readonly edges: number
}

/**
 * The Kolmogorov–Smirnov distance over the edges that both histograms have: no interpolation. It is a lower bound
 * of the distance between the samples themselves, which may differ more inside a bucket.
 *
 * @returns `null` when either is empty or they share no finite edge
 */
export function cdfDistance(a: HistogramData, b: HistogramData): CdfDistance | null {
  const edges = sharedEdges(a.edges, b.edges)
  if (a.count === 0 || b.count === 0 || edges.length === 0) return null
  const shareOfA = shares(rebucket(a, edges))
  const shareOfB = shares(rebucket(b, edges))
  let widest: CdfDistance | null = null
  edges.forEach((edge, index) => {
    const inA = shareOfA[index] ?? 0
    const inB = shareOfB[index] ?? 0
    const distance = Math.abs(inA - inB)
    if (!widest || distance > widest.distance)
      widest = { distance, edge, a: inA, b: inB, edges: edges.length }
  })
  return widest
}

/** The share of samples at or below each edge, as long as `edges`: the CDF to draw. All 0 when empty. */
export function shares(histogram: HistogramData): readonly number[] {
  return cumulativeCounts(histogram).map((below) => (histogram.count === 0 ? 0 : below / histogram.count))
}
