import type { Exposition, Labels } from './exposition.ts'
import type { HistogramData } from './histogram.ts'
import { emptyHistogram } from './histogram.ts'
import { histogramsOf } from './histogram-series.ts'
import type { Series } from './series.ts'
import { labelsKey } from './series.ts'

/** What was added between two scrapes. */
export interface Delta<T> {
  readonly delta: T
  /** The server counted from 0 again in between: what it added before it restarted is not in `delta`. */
  readonly reset: boolean
}

/** How a counter's delta is told. A value that fell means a restart from 0. */
export function counterDelta(before: number, after: number): Delta<number> {
  return after < before ? { delta: after, reset: true } : { delta: after - before, reset: false }
}

/** How a histogram's delta is told. A bucket that fell, or other edges, mean a restart from 0. */
export function histogramDelta(before: HistogramData, after: HistogramData): Delta<HistogramData> {
  const sameEdges =
    before.edges.length === after.edges.length && before.edges.every((edge, i) => edge === after.edges[i])
  const counts = after.counts.map((count, bucket) => count - (before.counts[bucket] ?? 0))
  if (!sameEdges || counts.some((count) => count < 0)) return { delta: after, reset: true }
  const sum = after.sum - before.sum
  return { delta: { edges: after.edges, counts, sum, count: after.count - before.count }, reset: false }
}

/**
 * What each series of a counter added between two scrapes of one server, for the series that hold the labels given.
 *
 * A series that was not there before began at 0. One that is no longer there restarted and has added nothing since.
 * A restart is also seen when `process_start_time_seconds` differs, even if the counter has since passed its old
 * value; so two scrapes must come from the same server, not from one address that many answer.
 *
 * @param name the sample's name, with `_total` where the page has it
 */
export function counterDeltas(
  before: Exposition,
  after: Exposition,
  name: string,
  labels: Labels = {},
): Series<Delta<number>>[] {
  return deltas(countersOf(before, name, labels), countersOf(after, name, labels), restarted(before, after), {
    zero: () => 0,
    delta: counterDelta,
  })
}

/** The same for a histogram, by its family name without `_bucket`. @throws {HistogramError} as `histogramsOf` does */
export function histogramDeltas(
  before: Exposition,
  after: Exposition,
  name: string,
  labels: Labels = {},
): Series<Delta<HistogramData>>[] {
  return deltas(
    histogramsOf(before, name, labels),
    histogramsOf(after, name, labels),
    restarted(before, after),
    { zero: ({ edges }) => emptyHistogram(edges), delta: histogramDelta },
  )
}

/** Whether the process behind two pages is another one; false when the pages do not say. */
export function restarted(before: Exposition, after: Exposition): boolean {
  const starts = [before, after].map((page) => page.samples('process_start_time_seconds'))
  const [first, second] = starts.map((samples) => (samples.length === 1 ? samples[0]?.value : undefined))
  return first !== undefined && second !== undefined && first !== second
}

const countersOf = (page: Exposition, name: string, labels: Labels): Series<number>[] =>
  page.samples(name, labels).map((sample) => ({ labels: sample.labels, value: sample.value }))

function deltas<T>(
  before: readonly Series<T>[],
  after: readonly Series<T>[],
  again: boolean,
  kind: { zero: (like: T) => T; delta: (before: T, after: T) => Delta<T> },
): Series<Delta<T>>[] {
  const known = new Map(before.map((series) => [labelsKey(series.labels), series.value]))
  const present = after.map(({ labels, value }) => {
    const key = labelsKey(labels)
    const old = known.get(key) ?? kind.zero(value)
    known.delete(key)
    return { labels, value: again ? { delta: value, reset: true } : kind.delta(old, value) }
  })
  const gone = before
    .filter(({ labels }) => known.has(labelsKey(labels)))
    .map(({ labels, value }) => ({ labels, value: { delta: kind.zero(value), reset: true } }))
  return [...present, ...gone]
}
