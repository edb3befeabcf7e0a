import type { Run } from '@slicechat/run'
import { number, percent } from '@slicechat/run/format'
import { drawFigure } from './figure.ts'
import type { Panel, Series, Tone } from './chart-spec.ts'
import { type Samples, sampledSeries, type Sampling } from './sampled.ts'
import { linearScale } from './scale.ts'
import { binsIn, overTime, textsOf, timeAxis, valuesOf } from './time-axis.ts'
import { timeBins } from './time-bins.ts'

/** A slice of a GPU, or a whole GPU, as its exporter reported it. */
export interface GpuTrace {
  readonly label: string
  /** Shares of the slice, 0 to 1. */
  readonly activity: readonly { readonly label: string; readonly samples: Samples }[]
  /** Watts of the whole card; empty if unknown. */
  readonly power: Samples
}

export interface GpuOptions extends Sampling {
  readonly width: number
}

/**
 * Tokens a second and the activity of the GPU, on the run's time axis, with a panel for each slice. Samples
 * are drawn at the exporter's times; the text beside the chart says how late they are.
 */
export function gpuChart(run: Run, traces: readonly GpuTrace[], options: GpuOptions): string {
  const bins = timeBins(run, binsIn(options.width))
  const tokens = overTime(bins, (bin) => bin.load?.tokens ?? null)
  const series = (label: string, tone: Tone, samples: Samples, text: (value: number) => string): Series =>
    sampledSeries(bins, samples, options, { label, tone, text })
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
