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
  readonly accumulator: ProcessAccumulator
}

type Accumulated = Pick<
  Witness,
  'fromMs' | 'untilMs' | 'samples' | 'resets' | 'simulated' | 'growth' | 'histograms' | 'over'
>

/**
 * Makes one witness of several processes of one kind: counters and histograms are added; gauges stay apart by
 * a label `instance` if there is more than one process. Times are the accumulators' plus `shiftMs`.
 */
export function accumulatedWitness(parts: readonly Part[], shiftMs: number): Accumulated {
  const accumulators = parts.map(({ accumulator }) => accumulator)
  const at = (ms: number): number => Math.round((ms + shiftMs) * 10) / 10
  const moved = (points: readonly Point[]): Point[] => points.map(([ms, value]) => [at(ms), value])
  const histograms = new Map<string, Named<HistogramData>>()
  for (const accumulator of accumulators) addInto(histograms, accumulator.histograms())
  const gauges = parts.flatMap(({ instance, accumulator }) =>
    accumulator.gauges().map(({ name, labels, value }) => ({
      name,
      labels: parts.length > 1 ? { ...labels, instance } : labels,
      type: 'gauge' as const,
      points: moved(value),
    })),
  )
  const over = [...bySeries(accumulators.flatMap((accumulator) => accumulator.counters())).values()]
  // The energy over time of a card that several exporters saw is not drawn: the sum of their series would be wrong.
  const drawn = over.filter(({ length }) => accumulators[0]?.kind !== 'dcgm' || length === 1)
  const counters = drawn.map((same) => ({
    name: same[0].name,
    labels: same[0].labels,
    type: 'counter' as const,
    points: moved(sumOfSteps(same.map(({ value }) => value))),
  }))
  const grown = accumulators.flatMap((accumulator) =>
    accumulator.growth().map((one) => ({ ...one, accumulator })),
  )
  const growth = [...bySeries(grown).values()].map((same) => ({
    name: same[0].name,
    labels: same[0].labels,
    delta: growthOfAll(same.map(({ accumulator, value }) => ({ accumulator, value }))),
  }))
  return {
    fromMs: at(Math.min(...accumulators.map(({ fromMs }) => fromMs))),
    untilMs: at(Math.max(...accumulators.map(({ untilMs }) => untilMs))),
    samples: accumulators.reduce((sum, { samples }) => sum + samples, 0),
    resets: accumulators.reduce((sum, { resets }) => sum + resets, 0),
    simulated: accumulators.some(({ simulated }) => simulated),
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
function growthOfAll(
  parts: readonly { readonly accumulator: ProcessAccumulator; readonly value: number }[],
): number {
  if (parts[0]?.accumulator.kind !== 'dcgm') return parts.reduce((sum, { value }) => sum + value, 0)
  let [sum, most, untilMs] = [0, 0, Number.NEGATIVE_INFINITY]
  for (const { accumulator, value } of parts.toSorted(
    (a, b) => a.accumulator.fromMs - b.accumulator.fromMs,
  )) {
    if (accumulator.fromMs >= untilMs) [sum, most] = [sum + most, 0]
    most = Math.max(most, value)
    untilMs = Math.max(untilMs, accumulator.untilMs)
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
