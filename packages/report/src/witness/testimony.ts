import type { HistogramData } from '@slicechat/metrics/reading'
import { mergeHistograms } from '@slicechat/metrics/reading'
import type { Run } from '../run/run.ts'
import type { Witness } from './witness.ts'

/** `[milliseconds from the run's zero, value]`, ascending. */
export type Points = readonly (readonly [ms: number, value: number])[]

/**
 * What all witnesses of one kind say together: several pods of an API, or several engines, are added up. Where the same
 * was both scraped and asked of a Prometheus, the scrapes count. A metric has several names where builds differ: the
 * first that is there counts.
 */
export class Testimony {
  readonly witnesses: readonly Witness[]

  constructor(run: Pick<Run, 'witnesses'>, kind: Witness['kind']) {
    const all = run.witnesses.filter((witness) => witness.kind === kind)
    const scraped = all.filter(({ source }) => source === 'scrape')
    this.witnesses = scraped.length > 0 ? scraped : all
  }

  get present(): boolean {
    return this.witnesses.length > 0
  }

  /** How much a counter grew, over all series that hold the labels; `null` when nobody has it at all. */
  growth(names: readonly string[], labels: Readonly<Record<string, string>> = {}): number | null {
    for (const name of names.flatMap(spellings)) {
      const series = this.witnesses.flatMap((witness) => witness.growth.filter((one) => one.name === name))
      if (series.length > 0)
        return series.filter((one) => holds(one.labels, labels)).reduce((sum, one) => sum + one.delta, 0)
    }
    return null
  }

  /** A histogram over all series, cut down to the edges that they share; `null` when nobody has it. */
  histogram(names: readonly string[]): HistogramData | null {
    for (const name of names) {
      const [first, ...others] = this.witnesses
        .flatMap((witness) => witness.histograms.filter((one) => one.name === name))
        .map(({ edges, counts, sum }) => ({
          edges,
          counts,
          sum,
          count: counts.reduce((total, count) => total + count, 0),
        }))
      if (first) return others.reduce<HistogramData>(mergeHistograms, first)
    }
    return null
  }

  /** A gauge over time, summed over series that were sampled together; empty when nobody has it. */
  gauge(names: readonly string[]): Points {
    for (const name of names) {
      const series = this.witnesses.flatMap((witness) =>
        sumByTime(witness.over.filter((one) => one.name === name).map(({ points }) => points)),
      )
      if (series.length > 0) return series.toSorted(([a], [b]) => a - b)
    }
    return []
  }

  /** A counter's growth since the window's start, over time; empty when nobody has it. */
  counter(names: readonly string[]): Points {
    return this.gauge(names.flatMap(spellings))
  }

  /** A gauge when the window began and ended; 0 where it was not sampled then. */
  edges(names: readonly string[]): { readonly start: number; readonly end: number } {
    const sums = { start: 0, end: 0 }
    for (const { over, fromMs, untilMs, intervalMs } of this.witnesses) {
      for (const { points } of over.filter(({ name }) => names.includes(name))) {
        const [first, last] = [points[0], points.at(-1)]
        if (first && first[0] - fromMs <= 2 * intervalMs) sums.start += first[1]
        if (last && untilMs - last[0] <= 2 * intervalMs) sums.end += last[1]
      }
    }
    return sums
  }

  /** Why its counts may be too low; empty when they hold for the whole run. */
  doubts(run: Pick<Run, 'durationMs'>): string[] {
    return this.witnesses.flatMap(({ name, fromMs, untilMs, gaps, resets }) => {
      const atAnEdge = gaps.some((gap) => gap.fromMs <= fromMs || gap.untilMs >= untilMs)
      return [
        ...(resets > 0 ? [`${name} restarted during the run; what it counted just before is lost`] : []),
        ...(fromMs > 0 || untilMs < run.durationMs ? [`${name} was not watched over the whole run`] : []),
        ...(atAnEdge ? [`${name} did not answer when the run began or ended`] : []),
      ]
    })
  }
}

/** With and without the suffix that exposition formats add to counters. */
const spellings = (name: string): string[] =>
  name.endsWith('_total') ? [name, name.slice(0, -'_total'.length)] : [name]

const holds = (labels: Readonly<Record<string, string>>, wanted: Readonly<Record<string, string>>): boolean =>
  Object.entries(wanted).every(([label, value]) => labels[label] === value)

function sumByTime(series: readonly Points[]): [number, number][] {
  const sums = new Map<number, number>()
  for (const [ms, value] of series.flat()) sums.set(ms, (sums.get(ms) ?? 0) + value)
  return [...sums]
}
