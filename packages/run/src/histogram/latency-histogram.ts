import type { HistogramData } from '@slicechat/metrics/reading'
import { build, decodeFromCompressedBase64, encodeIntoCompressedBase64 } from 'hdr-histogram-js'
import type { Histogram, JsHistogram } from 'hdr-histogram-js'

/** Longest time that is distinguished, in microseconds: two hours. A longer one counts as two hours. */
const HIGHEST_US = 2 * 3_600_000_000
const DIGITS = 3

/** What the JavaScript build adds to the common interface: access to its cells, and a range that can be set. */
type Cells = Omit<Histogram, 'highestTrackableValue'> &
  Pick<
    JsHistogram,
    | 'countsArrayIndex'
    | 'countsArrayLength'
    | 'getCountAtIndex'
    | 'highestEquivalentValue'
    | 'highestTrackableValue'
    | 'lowestDiscernibleValue'
    | 'sizeOfEquivalentValueRange'
    | 'valueFromIndex'
  >

/** A point of a cumulative distribution: the share of samples, 0 to 1, that took `ms` or less. */
export interface CdfPoint {
  readonly ms: number
  readonly share: number
}

/**
 * Times in an HdrHistogram of microseconds with three significant digits: any value read back is within 0.1%
 * of what was recorded, and exact below 2 ms. Its interface is in milliseconds. Runs in a browser too.
 */
export class LatencyHistogram {
  #counts: Cells

  constructor() {
    this.#counts = build({
      // 32-bit counts would wrap in a soak test of days.
      bitBucketSize: 64,
      autoResize: true,
      lowestDiscernibleValue: 1,
      highestTrackableValue: 2,
      numberOfSignificantValueDigits: DIGITS,
    }) as Cells
  }

  /**
   * Decodes what `encode` wrote, or any other HdrHistogram of microseconds in V2 encoding, deflated, base64.
   * @throws {RangeError} if it is none
   */
  static decode(encoded: string): LatencyHistogram {
    const decoded = new LatencyHistogram()
    try {
      const counts = decodeFromCompressedBase64(encoded, 64) as Cells
      // One of ours is used as it is, which is much faster than adding it: a long run has thousands.
      if (counts.lowestDiscernibleValue === 1 && counts.numberOfSignificantValueDigits === DIGITS) {
        counts.autoResize = true
        decoded.#counts = counts
      } else decoded.#counts.add(counts)
    } catch (cause) {
      throw new RangeError('not an HdrHistogram in V2 encoding, deflated, base64', { cause })
    }
    return decoded
  }

  /** V2 encoding, deflated, base64, which every HdrHistogram library reads. */
  encode(): string {
    // The range is part of the encoding. It is derived from the cells alone, so that the same samples give
    // the same text, however they were added.
    const counts = this.#counts
    counts.highestTrackableValue = counts.highestEquivalentValue(
      counts.valueFromIndex(counts.countsArrayLength - 1),
    )
    return encodeIntoCompressedBase64(this.#counts)
  }

  /**
   * Counts a sample, or `times` equal ones. Negative times count as 0, those beyond two hours as two hours;
   * none is lost.
   * @throws {RangeError} on NaN, which no clock gives
   */
  record(ms: number, times = 1): void {
    if (Number.isNaN(ms)) throw new RangeError('a time is NaN')
    const us = Math.min(Math.max(Math.round(ms * 1000), 0), HIGHEST_US)
    if (times === 1) this.#counts.recordValue(us)
    else this.#counts.recordValueWithCount(us, times)
  }

  /** Adds all samples of another histogram. */
  add(other: LatencyHistogram): void {
    this.#counts.add(other.#counts)
  }

  get count(): number {
    return this.#counts.totalCount
  }

  /** `null` when empty. */
  get mean(): number | null {
    return this.count === 0 ? null : this.#sumUs() / this.count / 1000
  }

  get min(): number | null {
    return this.quantile(0)
  }

  get max(): number | null {
    return this.quantile(1)
  }

  /**
   * The nearest-rank quantile: of n samples the ⌈q·n⌉-th smallest, at the resolution's upper end (lower for q = 0).
   * @param q from 0 to 1
   * @returns milliseconds, or `null` when empty
   */
  quantile(q: number): number | null {
    if (!(q >= 0 && q <= 1)) throw new RangeError(`a quantile is from 0 to 1, not ${q}`)
    return this.count === 0 ? null : this.#counts.getValueAtPercentile(q * 100) / 1000
  }

  /** The cumulative distribution, one point for each value that occurred, ascending. */
  cdf(): CdfPoint[] {
    let below = 0
    return [...this.#cells()].map(({ from, width, count }) => {
      below += count
      return { ms: (from + width - 1) / 1000, share: below / this.count }
    })
  }

  /**
   * The same samples in the buckets of a Prometheus histogram. A cell of this histogram that contains an edge
   * counts as below the edge, like a sample on the edge: an edge is true to 0.1%, and no sample is lost.
   * @param edges finite upper edges in seconds, inclusive, ascending
   */
  rebucket(edges: readonly number[]): HistogramData {
    const counts = new Array<number>(edges.length + 1).fill(0)
    let bucket = 0
    for (const { from, count } of this.#cells()) {
      while (from > Math.round((edges[bucket] ?? Number.POSITIVE_INFINITY) * 1e6)) bucket++
      counts[bucket] = (counts[bucket] ?? 0) + count
    }
    return { edges: [...edges], counts, sum: this.#sumUs() / 1e6, count: this.count }
  }

  #sumUs(): number {
    let sum = 0
    for (const { from, width, count } of this.#cells()) sum += (from + (width - 1) / 2) * count
    return sum
  }

  /** Cells that hold samples, ascending; `from` and `width` in microseconds. */
  *#cells(): Generator<{ from: number; width: number; count: number }> {
    const histogram = this.#counts
    const last = histogram.countsArrayIndex(histogram.maxValue)
    for (let index = 0; index <= last; index++) {
      const count = histogram.getCountAtIndex(index)
      if (count === 0) continue
      const from = histogram.valueFromIndex(index)
      yield { from, width: histogram.sizeOfEquivalentValueRange(from), count }
    }
  }
}
