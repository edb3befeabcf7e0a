import type { LatencyHistogram, Run } from '@slicechat/run'
import { duration } from '@slicechat/run/format'
import { drawFigure } from './figure.ts'
import type { Panel, Series } from './chart-spec.ts'
import { latencyAxis } from './latency-axis.ts'
import { toneOfRun } from './load-chart.ts'
import { runLabel } from './run-label.ts'
import { binsIn, longest, overTime, textsOf, timeAxis, valuesOf } from './time-axis.ts'
import { timeBins } from './time-bins.ts'
import type { TimeBin } from './time-bins.ts'

/** p50, p90 and p99 of TTFT and of the time between arrivals over the run's time, with SLOs as lines. */
export function latencyBands(runs: readonly Run[], { width }: { width: number }): string {
  const bins = runs.map((run) => timeBins(run, binsIn(width)))
  const only = runs.length === 1 ? runs[0] : undefined
  const panel = (title: string, key: 'ttft' | 'gap', limit: number | undefined): Panel => {
    const series = runs.flatMap((_, index) =>
      only ? bandsOf(bins[index] ?? [], key) : [bandOf(bins[index] ?? [], key, runLabel(runs, index), index)],
    )
    const all = bins.flatMap((own) => [0.5, 0.99].flatMap((q) => valuesOf(quantiles(own, key, q))))
    // A limit far above all values would flatten them: the heading names it instead.
    const far = limit !== undefined && all.length > 0 && limit > 2.5 * Math.max(...all)
    const limits = limit === undefined || far ? [] : [{ value: limit, label: `SLO ${duration(limit)}` }]
    const axis = latencyAxis(title, [...all, ...limits.map(({ value }) => value)])
    const heading = far ? `${axis.title}; the SLO of ${duration(limit)} lies above` : axis.title
    return { ...axis, title: heading, height: 150, series, limits }
  }
  const which = only ? 'p50, p90, p99' : 'p50 to p99'
  return drawFigure({
    title: 'Latency quantiles over time',
    description: `Time to first token and time between arrivals of text, ${which} of what began or arrived in each interval. ${runs
      .map((run, index) => `${runLabel(runs, index)}: ${described(run, bins[index] ?? [])}`)
      .join(' ')}`,
    width,
    x: timeAxis(runs, longest(bins)),
    panels: [
      panel('Time to first token', 'ttft', only?.slo.ttftMs),
      panel('Between arrivals of text', 'gap', only?.slo.interTokenMs),
    ],
  })
}

function quantiles(bins: readonly TimeBin[], key: 'ttft' | 'gap', q: number) {
  return overTime(bins, (bin) => bin[key]?.quantile(q) ?? null)
}

function spans(bins: readonly TimeBin[], key: 'ttft' | 'gap', low: number, high: number) {
  const upper = quantiles(bins, key, high)
  return quantiles(bins, key, low).map(({ x, y }, index) => ({ x, low: y, high: upper[index]?.y ?? null }))
}

function bandsOf(bins: readonly TimeBin[], key: 'ttft' | 'gap'): Series[] {
  const median = quantiles(bins, key, 0.5)
  const [p90, p99] = [quantiles(bins, key, 0.9), quantiles(bins, key, 0.99)]
  return [
    {
      label: 'p99',
      tone: 0,
      marks: [{ kind: 'band', faint: true, points: spans(bins, key, 0.9, 0.99) }],
      texts: textsOf(p99, duration),
    },
    {
      label: 'p90',
      tone: 0,
      marks: [{ kind: 'band', points: spans(bins, key, 0.5, 0.9) }],
      texts: textsOf(p90, duration),
    },
    { label: 'p50', tone: 0, marks: [{ kind: 'line', points: median }], texts: textsOf(median, duration) },
  ]
}

function bandOf(bins: readonly TimeBin[], key: 'ttft' | 'gap', label: string, index: number): Series {
  const median = quantiles(bins, key, 0.5)
  const upper = quantiles(bins, key, 0.99)
  return {
    label: `${label}: p50 to p99`,
    tone: toneOfRun(index),
    marks: [
      { kind: 'band', faint: true, points: spans(bins, key, 0.5, 0.99) },
      { kind: 'line', points: median },
    ],
    texts: median.map(({ y }, at) => (y === null ? '' : `${duration(y)} to ${duration(upper[at]?.y ?? y)}`)),
  }
}

function described(run: Run, bins: readonly TimeBin[]): string {
  const worst = (of: (bin: TimeBin) => LatencyHistogram | null) => {
    const all = bins.flatMap((bin) => of(bin)?.quantile(0.99) ?? [])
    return all.length === 0 ? 'not measured' : duration(Math.max(...all))
  }
  return `worst p99 of an interval ${worst((bin) => bin.ttft)} to the first token and ${worst((bin) => bin.gap)} between arrivals, over ${duration(run.durationMs)}.`
}
