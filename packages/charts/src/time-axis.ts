import type { Run } from '@slicechat/run'
import { clock, number } from '@slicechat/run/format'
import type { Axis, Point } from './chart-spec.ts'
import { timeScale } from './scale.ts'
import { stageBounds } from './stages.ts'
import type { TimeBin } from './time-bins.ts'

/** Number of bins that a chart of this width has room for. */
export function binsIn(width: number): number {
  return Math.max(40, Math.floor(width / 2.6))
}

/** The run's time, from its first request to its end. Warm-up, cool-down and stages are shown for a single run. */
export function timeAxis(runs: readonly Run[], bins: readonly TimeBin[]): Axis {
  const until = Math.max(1, ...runs.map((run) => run.durationMs), bins.at(-1)?.untilMs ?? 0)
  const { unit, text } = unitOf(until)
  const only = runs.length === 1 ? runs[0] : undefined
  return {
    label: `time since the start (${unit})`,
    scale: (range) => timeScale(0, until, range),
    tick: text,
    stops: bins.map((bin) => ({
      x: middle(bin),
      text: `${text(bin.fromMs)} – ${text(bin.untilMs)}${unit === CLOCK ? '' : ` ${unit}`}`,
    })),
    shades: only ? shadesOf(only) : [],
    lines: only ? stageBounds(only) : [],
  }
}

const CLOCK = 'min:s'

/** The unit of the ticks. Those of a short run are closer than a second. */
function unitOf(untilMs: number): { unit: string; text: (ms: number) => string } {
  if (untilMs <= 1_000) return { unit: 'ms', text: number }
  if (untilMs < 10_000) return { unit: 's', text: (ms) => number(ms / 1_000) }
  return { unit: CLOCK, text: clock }
}

/** A value of each bin at the bin's middle. */
export function overTime(bins: readonly TimeBin[], value: (bin: TimeBin) => number | null): Point[] {
  return bins.map((bin) => ({ x: middle(bin), y: value(bin) }))
}

/** The text of each bin's value; `''` if there is none. */
export function textsOf(points: readonly Point[], text: (value: number) => string): string[] {
  return points.map(({ y }) => (y === null ? '' : text(y)))
}

/** The values of some points, gaps left out. */
export function valuesOf(points: readonly Point[]): number[] {
  return points.flatMap(({ y }) => (y === null ? [] : [y]))
}

/** The bins of the longest run, for the pointer to stop at when several runs are overlaid. */
export function longest(bins: readonly (readonly TimeBin[])[]): readonly TimeBin[] {
  return bins.reduce(
    (best, next) => ((next.at(-1)?.untilMs ?? 0) > (best.at(-1)?.untilMs ?? 0) ? next : best),
    [],
  )
}

function middle({ fromMs, untilMs }: TimeBin): number {
  return (fromMs + untilMs) / 2
}

function shadesOf(run: Run): NonNullable<Axis['shades']> {
  const { fromMs, untilMs } = run.steady
  return [
    ...(fromMs > 0 ? [{ from: 0, until: Math.min(fromMs, run.durationMs), label: 'warm-up' }] : []),
    ...(untilMs < run.durationMs ? [{ from: untilMs, until: run.durationMs, label: 'cool-down' }] : []),
  ]
}
