import { type Run, answersWithoutUsage } from '@slicechat/run'
import { counted, duration, number } from '@slicechat/run/format'
import { drawFigure } from './figure.ts'
import type { Panel, Series, Tone } from './chart-spec.ts'
import { runLabel } from './run-label.ts'
import { linearScale } from './scale.ts'
import { binsIn, longest, overTime, textsOf, timeAxis, valuesOf } from './time-axis.ts'
import { timeBins } from './time-bins.ts'
import type { Load, TimeBin } from './time-bins.ts'

interface Drawn {
  readonly label: string
  readonly key: keyof Load
  readonly tone: Tone
  readonly shape: 'line' | 'dashed' | 'bars'
}

/** Users, active requests, requests and tokens a second over the run's time; several runs differ by colour. */
export function loadChart(runs: readonly Run[], { width }: { width: number }): string {
  const bins = runs.map((run) => timeBins(run, binsIn(width)))
  const only = runs.length === 1
  const panel = (title: string, height: number, unit: string, drawn: readonly Drawn[]): Panel => {
    const series = runs.flatMap((run, index) => {
      const own = bins[index] ?? []
      return drawn.map((one) =>
        seriesOf(
          only ? one : { ...one, label: `${runLabel(runs, index)}: ${one.label}`, tone: toneOfRun(index) },
          own,
          unit,
        ),
      )
    })
    const most = bins.flatMap((own) => drawn.flatMap(({ key }) => valuesOf(overTime(own, at(key)))))
    return { title, height, y: (range) => linearScale(most, range, 4), tick: number, series }
  }
  const users: Drawn[] = [
    { label: 'active requests', key: 'active', tone: 1, shape: 'line' },
    { label: 'users', key: 'users', tone: 0, shape: 'dashed' },
  ]
  const requests: Drawn[] = [{ label: 'started', key: 'started', tone: 2, shape: 'line' }]
  const wrong: Drawn[] = [
    { label: 'failed', key: 'failed', tone: 'bad', shape: 'bars' },
    { label: 'abandoned', key: 'abandoned', tone: 4, shape: 'bars' },
    { label: 'dropped', key: 'dropped', tone: 3, shape: 'bars' },
  ]
  const there = wrong.filter(({ key }) => bins.some((own) => own.some((bin) => (bin.load?.[key] ?? 0) > 0)))
  const tokens: Drawn[] = [{ label: 'tokens', key: 'tokens', tone: 5, shape: 'line' }]
  return drawFigure({
    title: 'Load against time',
    description: descriptionOf(runs, bins),
    width,
    x: timeAxis(runs, longest(bins)),
    panels: [
      panel('Users and requests under way', 110, '', users),
      stacked(panel('Requests per second', 90, '/s', [...requests, ...(only ? there.toReversed() : [])])),
      panel(
        `Tokens per second${runs.every(isUntold) ? ': the server told no usage' : ''}`,
        100,
        'tokens/s',
        tokens,
      ),
    ],
  })
}

/** Stacks bars: each is as high as itself and all that come after it together, and the highest is drawn first. */
function stacked(panel: Panel): Panel {
  const sums: number[] = []
  const series = panel.series.toReversed().map((one) => ({
    ...one,
    marks: one.marks.map((mark) => {
      if (mark.kind !== 'bars') return mark
      const points = mark.points.map(({ x, y }, index) => {
        if (y === null) return { x, y }
        sums[index] = (sums[index] ?? 0) + y
        return { x, y: sums[index] ?? y }
      })
      return { ...mark, points }
    }),
  }))
  const most = series.flatMap(({ marks }) =>
    marks.flatMap((mark) => (mark.kind === 'band' ? [] : valuesOf(mark.points))),
  )
  return { ...panel, series: series.toReversed(), y: (range) => linearScale(most, range, 4) }
}

const isUntold = ({ whole }: Run): boolean => answersWithoutUsage(whole) > 0

export function toneOfRun(index: number): Tone {
  return (index % 8) as Tone
}

function at(key: keyof Load): (bin: TimeBin) => number | null {
  return (bin) => bin.load?.[key] ?? null
}

function seriesOf({ label, key, tone, shape }: Drawn, bins: readonly TimeBin[], unit: string): Series {
  const points = overTime(bins, at(key))
  const first = bins[0]
  const width = first ? first.untilMs - first.fromMs : 0
  const texts = textsOf(points, (value) => (unit === '' ? number(value) : `${number(value)} ${unit}`))
  if (shape === 'bars') return { label, tone, marks: [{ kind: 'bars', points, width }], texts }
  return { label, tone, marks: [{ kind: 'line', points, dashed: shape === 'dashed' }], texts }
}

function descriptionOf(runs: readonly Run[], bins: readonly (readonly TimeBin[])[]): string {
  const sentences = runs.map((run, index) => {
    const most = (key: keyof Load) => Math.max(0, ...valuesOf(overTime(bins[index] ?? [], at(key))))
    return (
      `${runLabel(runs, index)}: ${counted(run.whole.started, 'request')} in ${duration(run.durationMs)}, ` +
      `at most ${counted(most('users'), 'user')}, ${counted(most('active'), 'request')} under way and ${isUntold(run) ? 'an unknown number of tokens' : counted(most('tokens'), 'token')} per second.`
    )
  })
  return sentences.join(' ')
}
