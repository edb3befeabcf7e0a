import type { Exposition, Labels, Sample } from './exposition.ts'
import type { HistogramData } from './histogram.ts'
import { mergeHistograms } from './histogram-merge.ts'
import type { Series } from './series.ts'
import { labelsKey, labelsWithout } from './series.ts'

/** Thrown when the buckets of a series do not form a histogram. */
export class HistogramError extends Error {
  override readonly name = 'HistogramError'

  constructor(name: string, labels: Labels, problem: string) {
    super(`${name}${JSON.stringify(labels)}: ${problem}`)
  }
}

/**
 * The histograms of the family `name` that have the given labels, one for each set of labels without `le`. Works with
 * and without `# TYPE` lines. `le="2"` and `le="2.0"` are the same edge: Prometheus 3 rewrites the first as the second.
 *
 * `count` comes from the `+Inf` bucket; a page without one must have `_count`. Without `_sum` the sum is NaN.
 *
 * @throws {HistogramError} when an edge is no number or the cumulative counts fall
 */
export function histogramsOf(page: Exposition, name: string, labels: Labels = {}): Series<HistogramData>[] {
  const groups = new Map<string, { labels: Labels; buckets: Sample[] }>()
  for (const bucket of page.samples(`${name}_bucket`, labels)) {
    const own = labelsWithout(bucket.labels, 'le')
    const key = labelsKey(own)
    const group = groups.get(key)
    if (group) group.buckets.push(bucket)
    else groups.set(key, { labels: own, buckets: [bucket] })
  }
  const sums = byLabels(page.samples(`${name}_sum`, labels))
  const totals = byLabels(page.samples(`${name}_count`, labels))
  return [...groups].map(([key, { labels: own, buckets }]) => {
    const fail = (problem: string): never => {
      throw new HistogramError(name, own, problem)
    }
    return { labels: own, value: fromBuckets(buckets, sums.get(key), totals.get(key), fail) }
  })
}

/** The histograms of `histogramsOf` merged into one, such as those of a model's engines; `null` when there is none. */
export function histogramOf(page: Exposition, name: string, labels: Labels = {}): HistogramData | null {
  const all = histogramsOf(page, name, labels).map((series) => series.value)
  return all.length === 0 ? null : all.reduce(mergeHistograms)
}

const byLabels = (samples: readonly Sample[]): ReadonlyMap<string, number> =>
  new Map(samples.map((sample) => [labelsKey(sample.labels), sample.value]))

function fromBuckets(
  buckets: readonly Sample[],
  sum: number | undefined,
  total: number | undefined,
  fail: (problem: string) => never,
): HistogramData {
  const cumulative = new Map<number, number>()
  for (const { labels, value } of buckets) {
    const le = labels['le'] ?? fail('a bucket has no le')
    const edge = edgeOf(le) ?? fail(`le="${le}" is no number`)
    const known = cumulative.get(edge)
    if (known !== undefined && known !== value) fail(`le="${le}" stands twice, as ${known} and as ${value}`)
    cumulative.set(edge, value)
  }
  const count =
    cumulative.get(Number.POSITIVE_INFINITY) ?? total ?? fail('there is neither a +Inf bucket nor a _count')
  cumulative.delete(Number.POSITIVE_INFINITY)
  const edges = [...cumulative.keys()].sort((a, b) => a - b)
  const counts: number[] = []
  let before = 0
  for (const edge of [...edges, Number.POSITIVE_INFINITY]) {
    const here = cumulative.get(edge) ?? count
    // Negated, so that it also catches NaN.
    if (!(here >= before)) fail(`cumulative counts fall from ${before} to ${here} at le="${edge}"`)
    counts.push(here - before)
    before = here
  }
  return { edges, counts, sum: sum ?? Number.NaN, count }
}

function edgeOf(le: string): number | undefined {
  if (/^\+?inf$/i.test(le)) return Number.POSITIVE_INFINITY
  const edge = le.trim() === '' ? Number.NaN : Number(le)
  return Number.isFinite(edge) ? edge : undefined
}
