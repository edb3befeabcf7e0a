import { type HistogramData, labelsKey } from '@slicechat/metrics/reading'
import { sumOfSteps, type Witness } from '@slicechat/report'
import { addInto, type Named } from './histogram-fold.ts'
import type { TargetFold } from './target-fold.ts'
import type { Point } from './timeline.ts'

/** One process's part of a witness. */
export interface Part {
  /** Tells it from its like: a pod, or an address. */
  readonly instance: string
  readonly fold: TargetFold
}

type Told = Pick<
  Witness,
  'fromMs' | 'untilMs' | 'samples' | 'resets' | 'simulated' | 'growth' | 'histograms' | 'over'
>

/**
 * Several processes of one kind as one witness: counters and histograms are added, gauges stay apart by a label
 * `instance` where there is more than one process. Times are the folds' plus `shiftMs`.
 */
export function witnessOfFolds(parts: readonly Part[], shiftMs: number): Told {
  const folds = parts.map(({ fold }) => fold)
  const at = (ms: number): number => Math.round((ms + shiftMs) * 10) / 10
  const moved = (points: readonly Point[]): Point[] => points.map(([ms, value]) => [at(ms), value])
  const histograms = new Map<string, Named<HistogramData>>()
  for (const fold of folds) addInto(histograms, fold.histograms())
  const gauges = parts.flatMap(({ instance, fold }) =>
    fold.gauges().map(({ name, labels, value }) => ({
      name,
      labels: parts.length > 1 ? { ...labels, instance } : labels,
      type: 'gauge' as const,
      points: moved(value),
    })),
  )
  const counters = [...bySeries(folds.flatMap((fold) => fold.counters())).values()].map((same) => ({
    name: same[0].name,
    labels: same[0].labels,
    type: 'counter' as const,
    points: moved(sumOfSteps(same.map(({ value }) => value))),
  }))
  const growth = [...bySeries(folds.flatMap((fold) => fold.growth())).values()].map((same) => ({
    name: same[0].name,
    labels: same[0].labels,
    delta: same.reduce((sum, { value }) => sum + value, 0),
  }))
  return {
    fromMs: at(Math.min(...folds.map(({ fromMs }) => fromMs))),
    untilMs: at(Math.max(...folds.map(({ untilMs }) => untilMs))),
    samples: folds.reduce((sum, { samples }) => sum + samples, 0),
    resets: folds.reduce((sum, { resets }) => sum + resets, 0),
    simulated: folds.some(({ simulated }) => simulated),
    growth,
    histograms: [...histograms.values()].flatMap(({ name, labels, value: { edges, counts, sum } }) =>
      // A page without `_sum` is no histogram that a mean can be read from.
      Number.isFinite(sum) ? [{ name, labels, edges: [...edges], counts: [...counts], sum }] : [],
    ),
    over: [...gauges, ...counters],
  }
}

function bySeries<T>(series: readonly Named<T>[]): Map<string, [Named<T>, ...Named<T>[]]> {
  const groups = new Map<string, [Named<T>, ...Named<T>[]]>()
  for (const one of series) {
    const key = one.name + labelsKey(one.labels)
    const group = groups.get(key)
    if (group) group.push(one)
    else groups.set(key, [one])
  }
  return groups
}
