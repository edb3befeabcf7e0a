import { type Interval, LatencyHistogram, type Run, answersWithoutUsage } from '@slicechat/run'

/** The load in a bin; rates are per second. */
export interface Load {
  readonly users: number
  readonly active: number
  /** `null` if the tokens of some answers are unknown: a sum of the others would be no throughput. */
  readonly tokens: number | null
  readonly started: number
  readonly succeeded: number
  readonly failed: number
  readonly abandoned: number
  readonly dropped: number
}

/** One or more intervals of a run taken together. */
export interface TimeBin {
  readonly fromMs: number
  readonly untilMs: number
  /** Time that the run's intervals cover; less than the bin's if intervals are missing, or at the end. */
  readonly coveredMs: number
  /** `null` if nothing is covered. */
  readonly load: Load | null
  /** All samples of the bin, so that its quantiles are of samples and no mean of quantiles; `null`: none. */
  readonly ttft: LatencyHistogram | null
  readonly gap: LatencyHistogram | null
}

/** Most bins that any chart shows. */
const FINEST = 360
/** Decoding an hour's intervals takes a second or two, so all charts of a run, in all widths, share the result. */
const finest = new WeakMap<Run, readonly TimeBin[]>()

/**
 * A run's intervals as at most `most` bins (and 360) of equal length, a whole number of intervals each. A bin
 * whose intervals are all missing is present and empty. Users and active requests are means over the bin.
 */
export function timeBins(run: Run, most: number): readonly TimeBin[] {
  const fine = finest.get(run) ?? fromIntervals(run)
  finest.set(run, fine)
  const per = Math.max(1, Math.ceil(fine.length / most))
  return per === 1
    ? fine
    : fine.flatMap((_, at) => (at % per === 0 ? [mergeBins(fine.slice(at, at + per))] : []))
}

function fromIntervals(run: Run): TimeBin[] {
  const end = Math.max(run.durationMs, run.intervals.at(-1)?.atMs ?? 0)
  const lengthMs = Math.max(1, Math.ceil(end / run.intervalMs / FINEST)) * run.intervalMs
  const groups = Map.groupBy(run.intervals, ({ atMs }) => Math.max(0, Math.floor(atMs / lengthMs + 1e-9)))
  const bins = Math.max(1, Math.ceil(end / lengthMs - 1e-9), ...[...groups.keys()].map((at) => at + 1))
  return Array.from({ length: bins }, (_, index) => {
    const empty: TimeBin = {
      fromMs: index * lengthMs,
      untilMs: (index + 1) * lengthMs,
      coveredMs: 0,
      load: null,
      ttft: null,
      gap: null,
    }
    const parts = (groups.get(index) ?? []).map((interval) => binOf(interval, run))
    return { ...mergeBins([empty, ...parts]), fromMs: empty.fromMs, untilMs: empty.untilMs }
  })
}

function binOf(interval: Interval, { intervalMs, durationMs, whole }: Run): TimeBin {
  const left = durationMs - interval.atMs
  // The last interval ends with the run, even if a full one would end later.
  const coveredMs = left > 0 && left < intervalMs ? left : intervalMs
  const perSecond = (sum: number) => (sum / coveredMs) * 1000
  const meanWithin = (mean: number) => (mean * intervalMs) / coveredMs
  return {
    fromMs: interval.atMs,
    untilMs: interval.atMs + intervalMs,
    coveredMs,
    load: {
      users: meanWithin(interval.users),
      active: meanWithin(interval.active),
      tokens: answersWithoutUsage(whole) > 0 ? null : perSecond(interval.tokens),
      started: perSecond(interval.started),
      succeeded: perSecond(interval.succeeded),
      failed: perSecond(interval.failed),
      abandoned: perSecond(interval.abandoned),
      dropped: perSecond(interval.dropped),
    },
    ttft: decoded(interval.ttft),
    gap: decoded(interval.gap),
  }
}

function decoded(histogram: string | null): LatencyHistogram | null {
  if (histogram === null) return null
  const samples = LatencyHistogram.decode(histogram)
  return samples.count === 0 ? null : samples
}

function mergeBins(bins: readonly TimeBin[]): TimeBin {
  const coveredMs = bins.reduce((sum, bin) => sum + bin.coveredMs, 0)
  const mean = (key: Exclude<keyof Load, 'tokens'>) =>
    bins.reduce((sum, bin) => sum + (bin.load?.[key] ?? 0) * bin.coveredMs, 0) / coveredMs
  return {
    fromMs: bins[0]?.fromMs ?? 0,
    untilMs: bins.at(-1)?.untilMs ?? 0,
    coveredMs,
    load:
      coveredMs === 0
        ? null
        : {
            users: mean('users'),
            active: mean('active'),
            tokens: meanTokens(bins, coveredMs),
            started: mean('started'),
            succeeded: mean('succeeded'),
            failed: mean('failed'),
            abandoned: mean('abandoned'),
            dropped: mean('dropped'),
          },
    ttft: merged(bins.map(({ ttft }) => ttft)),
    gap: merged(bins.map(({ gap }) => gap)),
  }
}

function meanTokens(bins: readonly TimeBin[], coveredMs: number): number | null {
  let sum = 0
  for (const { load, coveredMs: own } of bins) {
    if (load?.tokens === null) return null
    sum += (load?.tokens ?? 0) * own
  }
  return sum / coveredMs
}

function merged(parts: readonly (LatencyHistogram | null)[]): LatencyHistogram | null {
  const there = parts.filter((part) => part !== null)
  if (there.length <= 1) return there[0] ?? null
  const sum = new LatencyHistogram()
  for (const part of there) sum.add(part)
  return sum
}
