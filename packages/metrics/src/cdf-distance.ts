import type { HistogramData } from './histogram.ts'
import { cumulativeCounts } from './histogram.ts'
import { rebucket, sharedEdges } from './histogram-merge.ts'

/** The distance between two histograms. */
export interface CdfDistance {
  /** The largest |F_a − F_b|, from 0 (alike at every shared edge) to 1. */
  readonly distance: number
  /** The edge at which the difference is largest; the lowest one of several. */
  readonly edge: number
  /** The share of samples of `a` at or below `edge`. */
  readonly a: number
  /** The share of samples of `b` at or below `edge`. */
  readonly b: number
  /** Number of edges at which the two were compared. */
  readonly edges: number
}

/**
 * The Kolmogorov–Smirnov distance over the edges that both histograms have, without interpolation. It is a lower
 * bound of the distance between the samples, which may differ more inside a bucket.
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

/** The CDF to draw: the share of samples at or below each edge, one value per edge. All 0 when empty. */
export function shares(histogram: HistogramData): readonly number[] {
  return cumulativeCounts(histogram).map((below) => (histogram.count === 0 ? 0 : below / histogram.count))
}
