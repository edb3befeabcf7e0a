import { bisector } from 'd3-array'
import type { CdfPoint, LatencyHistogram } from '@slicechat/run'
import { duration, percent } from '@slicechat/run/format'
import { drawFigure } from './figure.ts'
import type { Mark, Series, Tone } from './chart-spec.ts'
import { linearScale, logScale } from './scale.ts'

/** What a server's histogram shows of a distribution: only the share of samples at or below each edge. */
export interface KnownShares {
  /** Milliseconds, ascending. */
  readonly edgesMs: readonly number[]
  /** From 0 to 1, one for each edge. */
  readonly shares: readonly number[]
}

/** A distribution of times: the samples of a client, or what is known of a server's. */
export type Distribution = {
  readonly label: string
  readonly tone?: Tone
} & ({ readonly samples: LatencyHistogram } | { readonly known: KnownShares })

export interface CdfOptions {
  readonly title: string
  readonly width: number
  /** Vertical lines, such as an SLO; milliseconds. */
  readonly limits?: readonly { readonly ms: number; readonly label: string }[]
}

/**
 * Cumulative distributions in one chart with a logarithmic time axis. Of a server's histogram only the edges
 * are known, drawn as dots; between two of them the curve lies somewhere within the band.
 */
export function cdfChart(
  distributions: readonly Distribution[],
  { title, width, limits = [] }: CdfOptions,
): string {
  const filled = distributions.map((one, index) => ({ tone: (index % 8) as Tone, ...one })).filter(hasSamples)
  const ends = [...filled.flatMap(endsOf), ...limits.map(({ ms }) => ms)]
  const grid = logGrid(ends, Math.floor(width / 3))
  return drawFigure({
    title,
    description: `Share of requests that took at most a given time. ${filled.map(described).join(' ') || 'No samples.'}`,
    width,
    x: {
      label: 'time (logarithmic)',
      scale: (range) => logScale(ends, range, 42),
      tick: duration,
      stops: filled.length === 0 ? [] : grid.map((ms) => ({ x: ms, text: `within ${duration(ms)}` })),
      lines: limits.map(({ ms, label }) => ({ x: ms, label })),
    },
    panels: [
      {
        title,
        height: 220,
        y: (range) => ({ ...linearScale([1], range, 1), ticks: [0, 0.25, 0.5, 0.75, 0.9, 1] }),
        tick: percent,
        series: filled.map((one) => seriesOf(one, grid)),
      },
    ],
  })
}

function hasSamples(one: Distribution): boolean {
  return 'samples' in one ? one.samples.count > 0 : one.known.shares.some((share) => share > 0)
}

/** Smallest and largest time that the axis has to show. */
function endsOf(one: Distribution): number[] {
  if ('samples' in one) return [one.samples.min ?? 0, one.samples.max ?? 0]
  const { edgesMs, shares } = one.known
  const first = shares.findIndex((share) => share > 0)
  const last = shares.findIndex((share) => share >= 1)
  return [edgesMs[first - 1] ?? edgesMs[first] ?? 0, edgesMs[last] ?? (edgesMs.at(-1) ?? 0) * 2]
}

function logGrid(values: readonly number[], steps: number): number[] {
  const positive = values.filter((value) => value > 0)
  const [from, until] = [Math.min(...positive), Math.max(...positive)]
  if (positive.length === 0) return []
  const ratio = Math.max(until / from, 1.0001) ** (1 / steps)
  return Array.from({ length: steps + 1 }, (_, step) => (step === steps ? until : from * ratio ** step))
}

function seriesOf(one: Distribution & { readonly tone: Tone }, grid: readonly number[]): Series {
  const { label, tone } = one
  if ('samples' in one) {
    const below = lookup(one.samples)
    const points = grid.map((ms) => ({ x: ms, y: below(ms) }))
    const first = { x: one.samples.min ?? 0, y: 0 }
    const marks: Mark[] = [{ kind: 'line', points: [first, ...points.filter(({ x }) => x >= first.x)] }]
    return { label, tone, marks, texts: points.map(({ y }) => percent(y)) }
  }
  const texts = grid.map((ms) => {
    const at = one.known.edgesMs.findIndex((edge) => edge >= ms)
    const high = one.known.shares[at] ?? 1
    const before = at === -1 ? one.known.shares.length - 1 : at - 1
    const low = one.known.edgesMs[at] === ms ? high : (one.known.shares[before] ?? 0)
    return percent(low) === percent(high) ? percent(low) : `${percent(low)} to ${percent(high)}`
  })
  return { label, tone, marks: knownMarks(one.known), texts }
}

/** From the last edge below all samples to the first edge above them all. */
function knownMarks({ edgesMs, shares }: KnownShares): Mark[] {
  const known = edgesMs.map((x, index) => ({ x, y: shares[index] ?? 0 }))
  const from = known.findLastIndex(({ y }) => y === 0)
  const full = known.findIndex(({ y }) => y >= 1)
  const shown = known.slice(Math.max(from, 0), full === -1 ? known.length : full + 1)
  const start = from === -1 ? [{ x: 0, y: 0 }, ...shown] : shown
  const spans = start.map(({ x, y }, index) => ({
    x,
    low: y,
    high: start[index + 1]?.y ?? (full === -1 ? 1 : y),
  }))
  return [
    { kind: 'band', points: spans, steps: true, faint: true },
    { kind: 'dots', points: shown },
  ]
}

function lookup(samples: LatencyHistogram): (ms: number) => number {
  const points = samples.cdf()
  return (ms) => points[byMs.right(points, ms) - 1]?.share ?? 0
}

const byMs = bisector(({ ms }: CdfPoint) => ms)

function described(one: Distribution): string {
  if ('samples' in one)
    return `${one.label}: half within ${duration(one.samples.quantile(0.5) ?? 0)}, 95% within ${duration(one.samples.quantile(0.95) ?? 0)}.`
  const edge = one.known.edgesMs[one.known.shares.findIndex((share) => share >= 0.95)]
  return edge === undefined
    ? `${one.label}: over 5% beyond its last bucket.`
    : `${one.label}: 95% within ${duration(edge)}.`
}
