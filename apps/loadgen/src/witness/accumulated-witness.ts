import { type HistogramData, labelsKey } from '@slicechat/metrics/reading'
import type { Witness } from '@slicechat/run'
import { sumOfSteps } from '@slicechat/run/analysis'
import { deviceLabels } from './dcgm-values.ts'
import { addInto, type Named } from './histogram-accumulator.ts'
import type { ProcessAccumulator } from './process-accumulator.ts'
import type { Point } from './timeline.ts'

/** One process's part of a witness. */
export interface Part {
  /** Distinguishes it from others of its kind: a pod, or an address. */
  readonly instance: string
  readonly fold: ProcessAccumulator
}

type Told = Pick<
  Witness,
  'fromMs' | 'untilMs' | 'samples' | 'resets' | 'simulated' | 'growth' | 'histograms' | 'over'
>

/**
 * Makes one witness of several processes of one kind: counters and histograms are added; gauges stay apart by
 * a label `instance` if there is more than one process. Times are the folds' plus `shiftMs`.
 */
export function accumulatedWitness(parts: readonly Part[], shiftMs: number): Told {
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
  const over = [...bySeries(folds.flatMap((fold) => fold.counters())).values()]
  // The energy over time of a card that several exporters saw is not drawn: the sum of their series would be wrong.
  const drawn = over.filter(({ length }) => folds[0]?.kind !== 'dcgm' || length === 1)
  const counters = drawn.map((same) => ({
    name: same[0].name,
    labels: same[0].labels,
    type: 'counter' as const,
    points: moved(sumOfSteps(same.map(({ value }) => value))),
  }))
  const grown = folds.flatMap((fold) => fold.growth().map((one) => ({ ...one, fold })))
  const growth = [...bySeries(grown).values()].map((same) => ({
    name: same[0].name,
    labels: same[0].labels,
    delta: inTurns(same.map(({ fold, value }) => ({ fold, value }))),
  }))
  return {
    fromMs: at(Math.min(...folds.map(({ fromMs }) => fromMs))),
    untilMs: at(Math.max(...folds.map(({ untilMs }) => untilMs))),
    samples: folds.reduce((sum, { samples }) => sum + samples, 0),
    resets: folds.reduce((sum, { resets }) => sum + resets, 0),
    simulated: folds.some(({ simulated }) => simulated),
    growth,
    histograms: [...histograms.values()].flatMap(({ name, labels, value: { edges, counts, sum } }) =>
      // A histogram without `_sum` gives no mean.
      Number.isFinite(sum) ? [{ name, labels, edges: [...edges], counts: [...counts], sum }] : [],
    ),
    over: [...gauges, ...counters],
  }
}

/**
 * The growth of a counter over several processes is their sum. A card's is not: exporters that saw it at the same
 * time report the same growth, of which the largest counts. Only exporters that saw it in turns each report a part.
 */
function inTurns(parts: readonly { readonly fold: ProcessAccumulator; readonly value: number }[]): number {
  if (parts[0]?.fold.kind !== 'dcgm') return parts.reduce((sum, { value }) => sum + value, 0)
  let [sum, most, untilMs] = [0, 0, Number.NEGATIVE_INFINITY]
  for (const { fold, value } of parts.toSorted((a, b) => a.fold.fromMs - b.fold.fromMs)) {
    if (fold.fromMs >= untilMs) [sum, most] = [sum + most, 0]
    most = Math.max(most, value)
    untilMs = Math.max(untilMs, fold.untilMs)
  }
  return sum + most
}

/** Groups by series. A GPU's series belong to its device, whatever else exporters report. */
function bySeries<T extends Named<unknown>>(series: readonly T[]): Map<string, [T, ...T[]]> {
  const groups = new Map<string, [T, ...T[]]>()
  for (const one of series) {
    const key = one.name + labelsKey('UUID' in one.labels ? deviceLabels(one.labels) : one.labels)
    const group = groups.get(key)
    if (group) group.push(one)
    else groups.set(key, [one])
  }
  return groups
}
