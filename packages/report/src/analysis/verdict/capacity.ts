import { LatencyHistogram } from '../../histogram/latency-histogram.ts'
import type { Interval, Run } from '../../run/run.ts'

/** How good it was with so many users. */
export interface UserLevel {
  /** The most users, on average over an interval, in the intervals of this level. */
  readonly users: number
  /** Milliseconds; `null` where nothing was measured. */
  readonly ttftP95: number | null
  readonly gapMean: number | null
  readonly samples: number
  /** Nothing that was measured missed it. */
  readonly meetsSlo: boolean
}

/** How many users the run shows to fit. */
export interface Capacity {
  readonly levels: readonly UserLevel[]
  /** The largest number of users up to which every level met the SLO; 0 when the lowest did not. */
  readonly users: number
  /** The run had no level that missed: more may fit. */
  readonly atLeast: boolean
  /** No answer had a time between tokens that is known, so that the limit on it was not looked at. */
  readonly interTokenUnknown: boolean
}

/** Fewer first tokens than this say nothing about a p95. */
const LEAST_SAMPLES = 20
const MOST_LEVELS = 12
/** Share of requests that may fail, or be dropped for want of a user: as many as may miss the limit on TTFT. */
export const MOST_FAILED = 0.05

/**
 * Sorts the steady intervals by their users and holds each level against the SLO: p95 of TTFT, and the mean gap between
 * arrivals, which stands for the inter-token limit of whole answers; and no more may have failed. Levels with too few answers are joined with the
 * next. The e2e limit is not looked at: answers outlast intervals.
 *
 * What nobody knows, such as the time between the tokens of answers with one, or in one piece, misses no limit.
 *
 * @returns `null` where the run has no limit on TTFT or inter-token latency, or too few answers that tell of it
 */
export function capacityOf(run: Run): Capacity | null {
  const { slo, intervals, intervalMs, steady, durationMs } = run
  if (slo.ttftMs === undefined && slo.interTokenMs === undefined) return null
  const untilMs = Math.min(steady.untilMs, durationMs)
  const within = intervals
    .filter(({ atMs, users }) => users > 0 && atMs >= steady.fromMs && atMs + intervalMs <= untilMs)
    .toSorted((a, b) => a.users - b.users)
  const levels = groupsOf(within).map((group) => levelOf(group, run))
  if (levels.length === 0) return null
  const interTokenUnknown = slo.interTokenMs !== undefined && levels.every(({ gapMean }) => gapMean === null)
  const allMet = levels.every(({ meetsSlo }) => meetsSlo)
  if (interTokenUnknown && slo.ttftMs === undefined && allMet) return null
  const seen = levels.findIndex(({ meetsSlo }) => !meetsSlo)
  // An interval holds the first tokens that came in it. Those that came when the steady part was over were the slowest,
  // and are only in its tally: where that misses the SLO, the highest level did.
  const missed = seen === -1 && !tallyMeets(run) ? levels.length - 1 : seen
  const last = missed === -1 ? levels.at(-1) : levels[missed - 1]
  return { levels, users: last?.users ?? 0, atLeast: missed === -1, interTokenUnknown }
}

/** Consecutive intervals, ascending in users, each group with enough answers; equal numbers of users stay together. */
function groupsOf(intervals: readonly Interval[]): Interval[][] {
  const total = intervals.reduce((sum, interval) => sum + answersIn(interval), 0)
  const enough = Math.max(LEAST_SAMPLES, total / MOST_LEVELS)
  const groups: Interval[][] = []
  let group: Interval[] = []
  let samples = 0
  for (const interval of intervals) {
    const sameUsers = group.at(-1)?.users === interval.users
    if (samples >= enough && !sameUsers) {
      groups.push(group)
      group = []
      samples = 0
    }
    group.push(interval)
    samples += answersIn(interval)
  }
  if (samples >= LEAST_SAMPLES) groups.push(group)
  else if (group.length > 0) groups.at(-1)?.push(...group)
  return groups
}

/** What came of requests: first tokens, and those that will have none. */
const answersIn = ({ ttft, failed, dropped }: Interval): number =>
  (ttft === null ? 0 : LatencyHistogram.decode(ttft).count) + failed + dropped

function levelOf(group: readonly Interval[], { slo }: Run): UserLevel {
  const merged = (of: (interval: Interval) => string | null): LatencyHistogram => {
    const histogram = new LatencyHistogram()
    for (const encoded of group.map(of)) if (encoded !== null) histogram.add(LatencyHistogram.decode(encoded))
    return histogram
  }
  const ttft = merged((interval) => interval.ttft)
  const gap = merged((interval) => interval.gap)
  const ttftP95 = ttft.quantile(0.95)
  const gapMean = gap.mean
  const sum = (of: (interval: Interval) => number): number =>
    group.reduce((total, interval) => total + of(interval), 0)
  const bad = sum(({ failed, dropped }) => failed + dropped)
  const ended = bad + sum(({ succeeded, abandoned }) => succeeded + abandoned)
  return {
    users: Math.max(...group.map(({ users }) => users)),
    ttftP95,
    gapMean,
    samples: ttft.count,
    meetsSlo: bad <= MOST_FAILED * ended && fits(ttftP95, slo.ttftMs) && fits(gapMean, slo.interTokenMs),
  }
}

function tallyMeets({ slo, steadyTally: { latencies, failed, dropped, intended } }: Run): boolean {
  if (failed + dropped > MOST_FAILED * intended) return false
  const ttft = LatencyHistogram.decode(latencies.ttft)
  const interToken = LatencyHistogram.decode(latencies.interToken)
  return fits(ttft.quantile(0.95), slo.ttftMs) && fits(interToken.mean, slo.interTokenMs)
}

const fits = (value: number | null, limit: number | undefined): boolean =>
  limit === undefined || value === null || value <= limit
