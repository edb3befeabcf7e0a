import { duration, number } from '@slicechat/run/format'
import type { Panel } from './chart-spec.ts'
import { linearScale, logScale } from './scale.ts'

/**
 * A vertical axis for times in milliseconds: from 0 in one unit, or logarithmic if the largest is over 25
 * times the median, so that one outlier does not flatten all the others.
 */
export function latencyAxis(title: string, ms: readonly number[]): Pick<Panel, 'title' | 'y' | 'tick'> {
  const sorted = ms.filter((value) => value > 0).toSorted((a, b) => a - b)
  const most = sorted.at(-1) ?? 0
  const median = sorted[Math.floor(sorted.length / 2)] ?? 0
  if (most > 25 * median && sorted.length > 0)
    return { title: `${title} (logarithmic)`, y: (range) => logScale(sorted, range), tick: duration }
  const [unit, per] = most < 1000 ? ['ms', 1] : most < 180_000 ? ['s', 1000] : ['min', 60_000]
  return {
    title: `${title} (${unit})`,
    y: (range) => {
      const scale = linearScale(
        sorted.map((value) => value / per),
        range,
        5,
      )
      return { ...scale, at: (value) => scale.at(value / per), ticks: scale.ticks.map((tick) => tick * per) }
    },
    tick: (value) => number(value / per),
  }
}
