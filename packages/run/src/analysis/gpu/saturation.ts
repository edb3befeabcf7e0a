import type { Run } from '../../schema/run.ts'
import type { Points } from '../../server-metrics/steps.ts'
import { valueAt } from './lag.ts'

/** The server's output at one level of load. */
export interface LoadLevel {
  /** Requests under way: the mean of the intervals at this level. */
  readonly active: number
  readonly tokensPerSecond: number
  /** Mean activity of the GPU at this level, 0 to 1; `null` if it was not sampled. */
  readonly activity: number | null
  readonly intervals: number
}

/** The load beyond which more load brings no more tokens. */
export interface Saturation {
  readonly levels: readonly LoadLevel[]
  /**
   * The smallest load with (nearly) the highest output, if the load went on beyond it; `null`: not reached in
   * this run.
   */
  readonly point: LoadLevel | null
}

const MAX_LEVELS = 16
/** Output within this of the highest counts as the highest. */
const NEAR_MAXIMUM = 0.95
/** The load must have gone on beyond the point by this factor. */
const BEYOND_POINT = 1.25

/** Groups the steady intervals by requests under way, and finds the load beyond which output no longer rises. */
export function saturationOf(run: Run, activity: Points): Saturation {
  const { intervals, intervalMs, steady, durationMs } = run
  const untilMs = Math.min(steady.untilMs, durationMs)
  const within = intervals.filter(
    ({ atMs, active }) => active > 0 && atMs >= steady.fromMs && atMs + intervalMs <= untilMs,
  )
  const most = Math.max(1, ...within.map(({ active }) => active))
  const width = Math.max(1, most / MAX_LEVELS)
  const groups = Map.groupBy(within, ({ active }) => Math.ceil(active / width))
  const levels = [...groups]
    .toSorted(([a], [b]) => a - b)
    .map(([, same]): LoadLevel => {
      const sampled = same
        .map(({ atMs }) => valueAt(activity, atMs + intervalMs / 2))
        .filter((value) => value !== null)
      return {
        active: meanOf(same.map(({ active }) => active)) ?? 0,
        tokensPerSecond: ((meanOf(same.map(({ tokens }) => tokens)) ?? 0) * 1000) / intervalMs,
        activity: meanOf(sampled),
        intervals: same.length,
      }
    })
  const highest = Math.max(0, ...levels.map(({ tokensPerSecond }) => tokensPerSecond))
  const point =
    levels.find(({ tokensPerSecond }) => highest > 0 && tokensPerSecond >= NEAR_MAXIMUM * highest) ?? null
  const wentOn = point !== null && (levels.at(-1)?.active ?? 0) >= BEYOND_POINT * point.active
  return { levels, point: wentOn ? point : null }
}

/** The mean; `null` if there are no values. */
export function meanOf(values: readonly number[]): number | null {
  return values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length
}
