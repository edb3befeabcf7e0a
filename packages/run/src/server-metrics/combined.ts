import type { GaugeKind } from '@slicechat/metrics/reading'
import { latestOf, type Points, type Step, usualSpacing } from './steps.ts'

/** A gauge of one process (a pod, or an engine server), whose series were sampled together. */
export interface Source {
  /** `null` if there is only one source. */
  readonly name: string | null
  readonly series: readonly { readonly name: string | null; readonly points: Points }[]
  /** How often it is sampled, for when its points do not show it. */
  readonly intervalMs: number
}

/** One gauge over all engines and pods. */
export interface Combined {
  /** The sum of a count, the highest of a share; moments at which the value of a source is unknown are left out. */
  readonly points: Points
  /** The usual time between two samples of the slowest source. */
  readonly everyMs: number
  /** The highest of `points`. For a share, `of` says whose: "engine 1 of vllm-0"; `null` if there is only one. */
  readonly highest: { readonly ms: number; readonly value: number; readonly of: string | null } | null
}

/** A source that is silent for longer than this many of its intervals has gone, or was not reached. */
const SILENT = 2.5

/**
 * Combines a gauge of several sources. A value holds until its source speaks again. A source that falls silent
 * for good has gone and counts no more. While a source is silent that speaks again later, the whole is unknown.
 */
export function combine(kind: GaugeKind, sources: readonly Source[]): Combined {
  const combined = sources
    .map((source) => combineSeries(kind, source))
    .filter(({ points }) => points.length > 0)
  const everyMs = Math.max(0, ...combined.map((one) => one.everyMs))
  const firstMs = Math.min(...combined.map(({ points }) => points[0]?.ms ?? Infinity))
  const lastMs = Math.max(...combined.map(({ points }) => points.at(-1)?.ms ?? -Infinity))
  const points: [number, number][] = []
  let highest: Combined['highest'] = null
  for (const [ms, values] of latestOf(combined.map((one) => stepsOf(one, firstMs, lastMs)))) {
    const present = values.filter((value) => value !== undefined)
    if (present.length === 0 || present.includes(null)) continue
    const value = kind === 'count' ? sumOf(values) : Math.max(...values.map((one) => one ?? -Infinity))
    points.push([ms, value])
    if (highest === null || value > highest.value)
      highest = { ms, value, of: kind === 'count' ? null : sourceOfHighest(combined, values, ms) }
  }
  return { points, everyMs, highest }
}

const sumOf = (values: readonly (number | null | undefined)[]): number =>
  values.reduce<number>((sum, value) => sum + (value ?? 0), 0)

interface CombinedSource {
  readonly name: string | null
  readonly everyMs: number
  /** `of`: the series with the highest value. */
  readonly points: readonly { readonly ms: number; readonly value: number; readonly of: string | null }[]
}

/** Combines the series of one process: at each moment, only those with a sample at that moment count. */
function combineSeries(kind: GaugeKind, { name, series, intervalMs }: Source): CombinedSource {
  const byTime = new Map<number, CombinedSource['points'][number]>()
  for (const { name: of, points } of series)
    for (const [ms, value] of points) {
      const known = byTime.get(ms)
      if (known === undefined) byTime.set(ms, { ms, value, of })
      else if (kind === 'count') byTime.set(ms, { ms, value: known.value + value, of: null })
      else if (value > known.value) byTime.set(ms, { ms, value, of })
    }
  const points = [...byTime.values()].sort((a, b) => a.ms - b.ms)
  return { name, points, everyMs: usualSpacing(points) ?? intervalMs }
}

function stepsOf({ points, everyMs }: CombinedSource, firstMs: number, lastMs: number): Step[] {
  const isSilence = (ms: number): boolean => ms > SILENT * everyMs
  const begin = points[0]?.ms ?? firstMs
  // Sources are not sampled at the same moment: one that begins soon after the first was there, with an
  // unknown value.
  const before: Step[] = begin === firstMs || isSilence(begin - firstMs) ? [] : [[firstMs, null]]
  const steps = points.flatMap(({ ms, value }, index): Step[] => {
    const next = points[index + 1]?.ms
    if (!isSilence((next ?? lastMs) - ms)) return [[ms, value]]
    return [
      [ms, value],
      [ms + everyMs, next === undefined ? undefined : null],
    ]
  })
  return [...before, ...steps]
}

function sourceOfHighest(
  combined: readonly CombinedSource[],
  values: readonly (number | null | undefined)[],
  ms: number,
): string | null {
  const index = values.indexOf(Math.max(...values.map((one) => one ?? -Infinity)))
  const source = combined[index]
  const series = source?.points.findLast((point) => point.ms <= ms)?.of ?? null
  const parts = [series, source?.name ?? null].filter((part) => part !== null)
  return parts.length === 0 ? null : parts.join(' of ')
}
