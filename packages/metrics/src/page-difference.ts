import type { Exposition, Labels } from './exposition.ts'
import type { HistogramData } from './histogram.ts'
import { emptyHistogram } from './histogram.ts'
import { histogramsOf } from './histogram-series.ts'
import type { Series } from './series.ts'
import { labelsKey } from './series.ts'

/**
 * The increase between two scrapes. `ProcessAccumulator` of `packages/witness` follows a process over many scrapes.
 */
export interface Delta<T> {
  readonly delta: T
  /** Whether the server restarted and counted from 0 in between; what it added before the restart is not in `delta`. */
  readonly reset: boolean
}

/** The increase of a counter. A value that fell means a restart from 0. */
export function counterDelta(before: number, after: number): Delta<number> {
  return after < before ? { delta: after, reset: true } : { delta: after - before, reset: false }
}

/** The increase of a histogram. A bucket that fell, or other edges, mean a restart from 0. */
export function histogramDelta(before: HistogramData, after: HistogramData): Delta<HistogramData> {
  const sameEdges =
    before.edges.length === after.edges.length && before.edges.every((edge, i) => edge === after.edges[i])
  const counts = after.counts.map((count, bucket) => count - (before.counts[bucket] ?? 0))
  if (!sameEdges || counts.some((count) => count < 0)) return { delta: after, reset: true }
  const sum = after.sum - before.sum
  return { delta: { edges: after.edges, counts, sum, count: after.count - before.count }, reset: false }
}

/**
 * The increase of each series of a counter between two scrapes of one server. Only series with the given labels count.
 *
 * A series that is new began at 0. A series that is gone restarted and has added nothing since. A different
 * `process_start_time_seconds` also means a restart, even if the counter has since passed its old value. So both
 * scrapes must come from the same server, not from one address behind which there are several.
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

/** Like `counterDeltas`, for a histogram; `name` has no `_bucket`. @throws {HistogramError} as `histogramsOf` does */
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

/** Whether two pages come from different processes; false when the pages do not tell. */
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
