import type { Run } from '@slicechat/run'
import type { Combined, EngineLoad } from '@slicechat/run/analysis'
import { number, percent } from '@slicechat/run/format'
import { drawFigure } from './figure.ts'
import type { Panel, Series, Tone } from './chart-spec.ts'
import { type Samples, sampledSeries, type Sampling } from './sampled.ts'
import { linearScale } from './scale.ts'
import { binsIn, timeAxis } from './time-axis.ts'
import { timeBins } from './time-bins.ts'
import type { TimeBin } from './time-bins.ts'

export interface EngineChartOptions {
  readonly width: number
  readonly gaps: readonly { readonly fromMs: number; readonly untilMs: number }[]
}

/** Requests that the engines computed and queued, and how full the fullest KV cache was, over the run's time. */
export function engineChart(run: Run, load: EngineLoad, { width, gaps }: EngineChartOptions): string {
  const bins = timeBins(run, binsIn(width))
  const series = (
    gauge: Combined | null,
    label: string,
    tone: Tone,
    text: (value: number) => string,
  ): Series[] =>
    gauge === null ? [] : [sampledSeries(bins, ...thinned(gauge, bins, gaps), { label, tone, text })]
  const { running, waiting, kvCache } = load
  const most = [running, waiting].flatMap((gauge) => gauge?.points.map(([, value]) => value) ?? [])
  const panels: Panel[] = [
    {
      title: 'Requests at the engine',
      height: 110,
      y: (range) => linearScale(most, range, 4),
      tick: number,
      series: [...series(running, 'running', 0, number), ...series(waiting, 'waiting', 1, number)],
    },
    {
      title: 'KV cache, the fullest of all engines',
      height: 90,
      y: (range) => linearScale([1], range, 4),
      tick: percent,
      series: series(kvCache, 'used', 5, percent),
    },
  ]
  return drawFigure({
    title: 'The engine over time',
    description: described(load),
    width,
    x: timeAxis([run], bins),
    panels: panels.filter((panel) => panel.series.length > 0),
  })
}

/**
 * If there are more samples than fit, keeps the highest of each bin, so that a queue that was short-lived is seen.
 */
function thinned(
  { points, everyMs }: Combined,
  bins: readonly TimeBin[],
  gaps: EngineChartOptions['gaps'],
): [Samples, Sampling] {
  const [first] = bins
  if (first === undefined || points.length <= 2 * bins.length) return [points, { everyMs, gaps }]
  const widthMs = first.untilMs - first.fromMs
  const highest = [...Map.groupBy(points, ([ms]) => Math.floor(ms / widthMs)).values()].map((same) =>
    same.reduce((most, one) => (one[1] > most[1] ? one : most)),
  )
  return [highest, { everyMs: Math.max(everyMs, widthMs), gaps }]
}

function described({ running, waiting, kvCache }: EngineLoad): string {
  const most = (gauge: Combined | null, text: (value: number) => string): string =>
    gauge?.highest ? `at most ${text(gauge.highest.value)}` : 'not told'
  const of = kvCache?.highest?.of ?? null
  return `Requests running: ${most(running, number)}. Requests waiting in the queue: ${most(waiting, number)}. KV cache in use: ${most(kvCache, percent)}${of === null ? '' : ` (${of})`}.`
}
