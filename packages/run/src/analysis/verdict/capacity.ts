import { LatencyHistogram } from '../../histogram/latency-histogram.ts'
import type { Interval, Run } from '../../schema/run.ts'

/** The quality of service at one number of users. */
export interface UserLevel {
  /** The highest number of users in the intervals of this level, each a mean over its interval. */
  readonly users: number
  /** Milliseconds; `null` if nothing was measured. */
  readonly ttftP95: number | null
  readonly gapMean: number | null
  readonly samples: number
  /** Nothing that was measured missed the SLO. */
  readonly meetsSlo: boolean
}

/** How many users the run shows to fit. */
export interface Capacity {
  readonly levels: readonly UserLevel[]
  /** The largest number of users up to which every level met the SLO; 0 if the lowest did not. */
  readonly users: number
  /** No level of the run missed the SLO: more users may fit. */
  readonly atLeast: boolean
  /** No answer has a known time between tokens, so the limit on it was not checked. */
  readonly interTokenUnknown: boolean
}

/** Fewer first tokens than this say nothing about a p95. */
const MIN_SAMPLES = 20
const MAX_LEVELS = 12
/**
 * Share of requests that may fail, or be dropped because no user was free: as many as may miss the limit on TTFT.
 */
export const MAX_FAILED_SHARE = 0.05

/**
 * Groups the steady intervals by their users and checks each level against the SLO: the p95 of TTFT, the mean gap
 * between arrivals (in place of the inter-token limit, which is for whole answers), and the share that failed. A
 * level with too few answers is joined with the next. The e2e limit is not checked, since answers outlast intervals.
 *
 * An unknown value, such as the time between tokens of an answer with one token or in one piece, misses no limit.
 * @returns `null` if the run has no limit on TTFT or inter-token latency, or too few answers to judge by
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
  // An interval holds the first tokens that came in it. Those that came after the steady part were the
  // slowest, and are only in its tally: if that misses the SLO, the highest level did.
  const missed = seen === -1 && !tallyMeets(run) ? levels.length - 1 : seen
  const last = missed === -1 ? levels.at(-1) : levels[missed - 1]
  return { levels, users: last?.users ?? 0, atLeast: missed === -1, interTokenUnknown }
}

/**
 * Groups of consecutive intervals, ascending in users, each with enough answers; equal numbers of users stay
 * together.
 */
function groupsOf(intervals: readonly Interval[]): Interval[][] {
  const total = intervals.reduce((sum, interval) => sum + answersIn(interval), 0)
  const enough = Math.max(MIN_SAMPLES, total / MAX_LEVELS)
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
  if (samples >= MIN_SAMPLES) groups.push(group)
  else if (group.length > 0) groups.at(-1)?.push(...group)
  return groups
}

/** Outcomes of requests: first tokens, and requests that will have none. */
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
    meetsSlo: bad <= MAX_FAILED_SHARE * ended && fits(ttftP95, slo.ttftMs) && fits(gapMean, slo.interTokenMs),
  }
}

function tallyMeets({ slo, steadyTally: { latencies, failed, dropped, intended } }: Run): boolean {
  if (failed + dropped > MAX_FAILED_SHARE * intended) return false
  const ttft = LatencyHistogram.decode(latencies.ttft)
  const interToken = LatencyHistogram.decode(latencies.interToken)
  return fits(ttft.quantile(0.95), slo.ttftMs) && fits(interToken.mean, slo.interTokenMs)
}

const fits = (value: number | null, limit: number | undefined): boolean =>
  limit === undefined || value === null || value <= limit
