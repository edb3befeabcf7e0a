import type { HistogramData } from '@slicechat/metrics/reading'
import { rebucket, sharedEdges } from '@slicechat/metrics/reading'

/** Bounds of a sum of sizes, both included. */
export interface Range {
  readonly least: number
  readonly most: number
}

/** `count` sizes of a bucket: whole numbers from `low` to `high`. */
interface Bucket {
  readonly low: number
  readonly high: number
  readonly count: number
}

/**
 * Bounds of the sum of `number` of a histogram's sizes, whichever they are. The bounds follow from their
 * buckets, and from what the other sizes leave of the whole sum.
 * @param histogram of whole numbers, 0 or more
 */
export function subsetSumRange(histogram: HistogramData, number: number): Range {
  const { sum } = histogram
  const buckets = bucketsOf(histogram)
  const count = buckets.reduce((total, bucket) => total + bucket.count, 0)
  const taken = Math.max(0, Math.min(count, number))
  if (taken === 0) return { least: 0, most: 0 }
  if (taken === count) return { least: sum, most: sum }
  return {
    least: Math.max(smallest(buckets, taken), sum - largest(buckets, count - taken)),
    most: Math.min(largest(buckets, taken), sum - smallest(buckets, count - taken)),
  }
}

/**
 * Bounds of the sum of the sizes that only `a` has, minus the sum of those that only `b` has. All other sizes
 * are the same in both, so a bucket that has more in one of the two shows which sizes the other lacks.
 * @param limits how many sizes each of the two can have alone
 */
export function sumDifferenceRange(
  a: HistogramData,
  b: HistogramData,
  limits: { readonly onlyA: number; readonly onlyB: number },
): Range {
  const edges = sharedEdges(a.edges, b.edges)
  const [ofA, ofB] = [bucketsOf(rebucket(a, edges)), bucketsOf(rebucket(b, edges))]
  const pairs = ofA.map((bucket, index) => ({ bucket, other: ofB[index]?.count ?? 0 }))
  const more = pairs.map(({ bucket, other }) => ({ ...bucket, count: Math.max(0, bucket.count - other) }))
  const fewer = pairs.map(({ bucket, other }) => ({ ...bucket, count: Math.max(0, other - bucket.count) }))
  const excess = (buckets: readonly Bucket[]): number => buckets.reduce((sum, { count }) => sum + count, 0)
  const inB = Math.min(excess(fewer), limits.onlyB)
  const inA = Math.max(0, Math.min(excess(more) - excess(fewer) + inB, limits.onlyA))
  // A size that only `a` has and one that only `b` has do not show in the counts if they share a bucket.
  const hidden = Math.min(limits.onlyA - inA, limits.onlyB - inB)
  const widths = pairs.map(({ bucket: { low, high, count }, other }) => ({
    low: 0,
    high: high - low,
    count: Math.min(count, other),
  }))
  const slack = largest(
    widths.toSorted((one, two) => one.high - two.high),
    hidden,
  )
  // Beyond the last edge only the sum bounds a size.
  return {
    least: Math.max(-Math.max(0, b.sum), smallest(more, inA) - largest(fewer, inB) - slack),
    most: Math.min(Math.max(0, a.sum), largest(more, inA) - smallest(fewer, inB) + slack),
  }
}

function bucketsOf({ edges, counts }: HistogramData): Bucket[] {
  return counts.map((count, index) => {
    const below = edges[index - 1]
    const edge = edges[index]
    return {
      low: below === undefined ? 0 : Math.floor(below) + 1,
      high: edge === undefined ? Number.POSITIVE_INFINITY : Math.floor(edge),
      count,
    }
  })
}

/** The smallest sum of `number` sizes of these buckets, which ascend. */
function smallest(buckets: readonly Bucket[], number: number): number {
  let [sum, left] = [0, number]
  for (const { low, count } of buckets) {
    const taken = Math.min(left, count)
    if (taken > 0) sum += taken * low
    left -= taken
  }
  return sum
}

function largest(buckets: readonly Bucket[], number: number): number {
  let [sum, left] = [0, number]
  for (const { high, count } of buckets.toReversed()) {
    const taken = Math.min(left, count)
    if (taken > 0) sum += taken * high
    left -= taken
  }
  return sum
}
