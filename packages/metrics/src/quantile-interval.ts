import type { HistogramData } from './histogram.ts'
import { cumulativeCounts } from './histogram.ts'

/** `[lower, upper]`: the bounds of a value that is not known exactly. `upper` may be Infinity. */
export type Interval = readonly [lower: number, upper: number]

/**
 * The bucket that holds a quantile: the quantile is above `lower` and at or below `upper`. A histogram does not know
 * more; a single number would be a guess by interpolation.
 *
 * The quantile is by nearest rank: of n samples the ⌈q·n⌉-th smallest (the smallest for q = 0).
 * The first bucket begins at 0 when its edge is positive (durations and sizes are never negative), else at -Infinity.
 *
 * @param q from 0 to 1
 * @returns `null` when the histogram is empty
 * @throws {RangeError} when q is not within 0 and 1
 */
export function quantileInterval(histogram: HistogramData, q: number): Interval | null {
  if (!(q >= 0 && q <= 1)) throw new RangeError(`a quantile is from 0 to 1, not ${q}`)
  const { edges, count } = histogram
  if (count === 0) return null
  const rank = nearestRank(q, count)
  const found = cumulativeCounts(histogram).findIndex((below) => below >= rank)
  const bucket = found === -1 ? edges.length : found
  return [lowerEdge(edges, bucket), edges[bucket] ?? Number.POSITIVE_INFINITY]
}

/** ⌈q·n⌉, at least 1, and tolerant of rounding: 0.07 · 100 is 7.000000000000001 in floating point but means the 7th. */
export function nearestRank(q: number, n: number): number {
  return Math.max(1, Math.ceil(q * n * (1 - 4 * Number.EPSILON)))
}

/**
 * The share of samples at or below `limit`, as an interval. It is exact (both ends equal) when `limit` is an edge;
 * otherwise the samples in the bucket around `limit` may lie on either side of it.
 *
 * @returns shares from 0 to 1, or `null` when the histogram is empty
 */
export function shareWithin(histogram: HistogramData, limit: number): Interval | null {
  const { edges, count } = histogram
  if (count === 0) return null
  const below = cumulativeCounts(histogram)
  const bucket = edges.findIndex((edge) => edge >= limit)
  const upper = bucket === -1 ? count : (below[bucket] ?? count)
  if (edges[bucket] === limit || limit === Number.POSITIVE_INFINITY) return [upper / count, upper / count]
  const before = bucket === -1 ? edges.length - 1 : bucket - 1
  return [(below[before] ?? 0) / count, upper / count]
}

function lowerEdge(edges: readonly number[], bucket: number): number {
  const before = edges[bucket - 1]
  if (before !== undefined) return before
  return (edges[0] ?? Number.POSITIVE_INFINITY) > 0 ? 0 : Number.NEGATIVE_INFINITY
}
