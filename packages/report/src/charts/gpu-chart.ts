import type { Run } from '../run/run.ts'
import { drawFigure } from './figure.ts'
import type { Panel, Point, Series, Tone } from './figure.ts'
import { number, percent } from './quantity.ts'
import { linearScale } from './scale.ts'
import { binsIn, overTime, textsOf, timeAxis, valuesOf } from './time-axis.ts'
import { timeBins } from './time-bins.ts'
import type { TimeBin } from './time-bins.ts'

/** `[milliseconds from the run's zero, value]`, ascending. */
type Samples = readonly (readonly [ms: number, value: number])[]

/** A slice of a GPU, or a whole one, as its exporter showed it. */
export interface GpuTrace {
  readonly label: string
  /** Shares of the slice, 0 to 1. */
  readonly activity: readonly { readonly label: string; readonly samples: Samples }[]
  /** Watts of the whole card; empty where nobody told. */
  readonly power: Samples
}

export interface GpuOptions {
  readonly width: number
  /** Time between samples; where more than two and a half of these pass without one, there is a gap. */
  readonly everyMs: number
  readonly gaps: readonly { readonly fromMs: number; readonly untilMs: number }[]
}

/**
 * Tokens a second and what the GPU did meanwhile, on the run's time axis, a panel for each slice. Samples stand where the
 * exporter put them: how late they are is for the text beside the chart.
 */
export function gpuChart(run: Run, traces: readonly GpuTrace[], options: GpuOptions): string {
  const bins = timeBins(run, binsIn(options.width))
  const tokens = overTime(bins, (bin) => bin.load?.tokens ?? null)
  const end = bins.at(-1)?.untilMs ?? run.durationMs
  const series = (label: string, tone: Tone, all: Samples, text: (value: number) => string): Series => {
    // The window of a witness encloses the run; what lies outside has no place on its axis.
    const samples = all.filter(([ms]) => ms >= 0 && ms <= end)
    const points = broken(samples, options)
    const read = texts(bins, samples, options.everyMs, text)
    return { label, tone, marks: [{ kind: 'line', points }], texts: read }
  }
  const panels = traces.flatMap((trace): Panel[] => [
    {
      title: `${trace.label}: activity`,
      height: 110,
      y: (range) => linearScale([1], range, 4),
      tick: percent,
      series: trace.activity.map(({ label, samples }, index) =>
        series(label, (index % 5) as Tone, samples, percent),
      ),
    },
    ...(trace.power.length === 0
      ? []
      : [
          {
            title: `${trace.label}: power of the card (W)`,
            height: 80,
            y: (range) =>
              linearScale(
                trace.power.map(([, watts]) => watts),
                range,
                3,
              ),
            tick: number,
            series: [series('power', 3, trace.power, (watts) => `${number(watts)} W`)],
          } satisfies Panel,
        ]),
  ])
  return drawFigure({
    title: 'The GPU and the tokens it made',
    description: described(traces),
    width: options.width,
    x: timeAxis([run], bins),
    panels: [
      {
        title: 'Tokens per second',
        height: 80,
        y: (range) => linearScale(valuesOf(tokens), range, 3),
        tick: number,
        series: [
          {
            label: 'as clients got them',
            tone: 5,
            marks: [{ kind: 'line', points: tokens }],
            texts: textsOf(tokens, (value) => `${number(value)} tokens/s`),
          },
        ],
      },
      ...panels,
    ],
  })
}

/** Points with a gap wherever samples are missing. */
function broken(samples: Samples, { everyMs, gaps }: GpuOptions): Point[] {
  return samples.flatMap(([x, y], index) => {
    const before = samples[index - 1]?.[0]
    if (before === undefined) return [{ x, y }]
    const lost = gaps.some(({ fromMs, untilMs }) => fromMs < x && untilMs > before)
    return lost || x - before > everyMs * 2.5
      ? [
          { x: (before + x) / 2, y: null },
          { x, y },
        ]
      : [{ x, y }]
  })
}

/** For each bin the sample nearest to its middle, if it is less than an interval away. */
function texts(
  bins: readonly TimeBin[],
  samples: Samples,
  everyMs: number,
  text: (value: number) => string,
): string[] {
  let next = 0
  return bins.map(({ fromMs, untilMs }) => {
    const middle = (fromMs + untilMs) / 2
    const distance = (index: number) => Math.abs((samples[index]?.[0] ?? Infinity) - middle)
    while (next + 1 < samples.length && distance(next + 1) <= distance(next)) next++
    const sample = samples[next]
    return sample && distance(next) <= Math.max(everyMs, (untilMs - fromMs) / 2) ? text(sample[1]) : ''
  })
}

function described(traces: readonly GpuTrace[]): string {
  const parts = traces.map(({ label, activity }) => {
    const means = activity.map(
      (one) =>
        `${one.label} ${one.samples.length === 0 ? 'not told' : percent(one.samples.reduce((sum, [, value]) => sum + value, 0) / one.samples.length)}`,
    )
    return `${label}, mean activity: ${means.join(', ')}.`
  })
  return `Tokens per second and GPU activity over the run's time. ${parts.join(' ')}`
}
