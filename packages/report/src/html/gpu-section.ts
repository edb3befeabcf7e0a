import { gpuChart } from '@slicechat/charts'
import type { Run } from '@slicechat/run'
import { type Gpu, type Level, type Slice, sliceName, usualSpacing } from '@slicechat/run/analysis'
import { bytes, counted, duration, number, percent, withUnit } from '@slicechat/run/format'
import { bothWidths } from './both-widths.ts'
import { definitions } from './run-tables.ts'
import { tableOf } from './table.ts'
import { html } from './template.ts'
import type { Markup } from './template.ts'

/** The slices and the tokens on the run's time axis, and what the slices used. */
export function gpuSection(run: Run, gpu: Gpu | null): Markup {
  if (!gpu) return html`<p>No DCGM exporter was read.</p>`
  if (gpu.slices.length === 0) return html`<p>The DCGM exporter listed no GPU.</p>`
  const exporters = run.witnesses.filter(({ kind }) => kind === 'dcgm')
  const spacings = gpu.slices.flatMap((slice) =>
    [slice.engine, slice.dram, slice.utilization, slice.power].map(
      (points) => usualSpacing(points.map(([ms]) => ({ ms }))) ?? 0,
    ),
  )
  const everyMs = Math.max(...exporters.map(({ intervalMs }) => intervalMs), ...spacings)
  const gaps = exporters.flatMap((witness) => witness.gaps)
  const traces = gpu.slices.map((slice) => ({
    label: sliceName(slice),
    activity: [
      { label: 'engine', samples: slice.engine },
      { label: 'DRAM', samples: slice.dram },
      { label: 'tensor cores', samples: slice.tensor },
      { label: 'GPU_UTIL', samples: slice.utilization },
    ].filter(({ samples }) => samples.length > 0),
    power: slice.power,
  }))
  const notes = [...new Set(gpu.slices.flatMap((slice) => slice.notes))]
  return html`${bothWidths(({ width }) => gpuChart(run, traces, { width, everyMs, gaps }))}${levels(gpu.slices)}${
    notes.length === 0
      ? null
      : html`<ul class="note">
          ${notes.map((note) => html`<li>${note}</li>`)}
        </ul>`
  }`
}

function levels(slices: readonly Slice[]): Markup {
  const [only] = slices
  const rows = ROWS.filter(
    ([label]) => label !== UTILIZATION || slices.some(({ utilizationLevel }) => utilizationLevel !== null),
  )
  if (only && slices.length === 1) return definitions(rows.map(([label, text]) => [label, text(only)]))
  const lines = rows.map(
    ([label, text]) =>
      html`<tr>
        <th scope="row">${label}</th>
        ${slices.map((slice) => html`<td class="number">${text(slice)}</td>`)}
      </tr>`,
  )
  return tableOf([[''], ...slices.map((slice) => [sliceName(slice), 'number'] as const)], lines)
}

const share = (level: Level | null): string =>
  level === null ? '–' : `${percent(level.mean)}, at most ${percent(level.max)}`

const UTILIZATION = 'GPU_UTIL (anything ran)'

const ROWS: readonly (readonly [string, (slice: Slice) => string])[] = [
  ['Engine active', ({ engineLevel }) => share(engineLevel)],
  ['DRAM active', ({ dramLevel }) => share(dramLevel)],
  ['Tensor cores active', ({ tensorLevel }) => share(tensorLevel)],
  [UTILIZATION, ({ utilizationLevel }) => share(utilizationLevel)],
  ['Memory used', ({ memoryLevel }) => (memoryLevel === null ? '–' : bytes(memoryLevel.max * 1024 ** 2))],
  [
    'Power of the card',
    ({ powerLevel }) =>
      powerLevel === null
        ? '–'
        : `${withUnit(powerLevel.mean, 'W')}, at most ${withUnit(powerLevel.max, 'W')}`,
  ],
  [
    'Energy for each token',
    ({ joulesPerToken }) => (joulesPerToken === null ? '–' : withUnit(joulesPerToken, 'J')),
  ],
  [
    'Late behind the tokens',
    ({ lag }) =>
      lag === null ? 'cannot be told' : `${duration(lag.ms)} (correlation ${number(lag.correlation)})`,
  ],
  [
    'More load brings no more tokens from',
    ({ saturation: { point } }) =>
      point === null
        ? 'not reached'
        : `${counted(point.active, 'request')} at once, ${number(point.tokensPerSecond)} tokens/s`,
  ],
]
