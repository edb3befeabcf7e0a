import type { Run } from '../../schema/run.ts'
import { answersWithoutUsage } from '../../thresholds/throughput.ts'
import type { Points } from '../../server-metrics/steps.ts'
import { ServerMetrics } from '../../server-metrics/server-metrics.ts'
import type { Lag } from './lag.ts'
import { lagBehind } from './lag.ts'
import type { Saturation } from './saturation.ts'
import { meanOf, saturationOf } from './saturation.ts'
import type { SliceSeries } from './slices.ts'
import { slicesOf } from './slices.ts'

/** Mean and highest value within the steady part; `null` where nothing was sampled. */
export interface Level {
  readonly mean: number
  readonly max: number
}

/** One slice, with its figures under this load. */
export interface Slice extends SliceSeries {
  readonly engineLevel: Level | null
  readonly tensorLevel: Level | null
  readonly dramLevel: Level | null
  /**
   * `null` if the exporter has a better figure: this one says only that something ran, not how busy the card was.
   */
  readonly utilizationLevel: Level | null
  /** MiB. */
  readonly memoryLevel: Level | null
  /** Watts, of the whole card. */
  readonly powerLevel: Level | null
  /** How late its activity is behind the tokens; `null` if this run does not show it. */
  readonly lag: Lag | null
  /** Joules of the whole card for each completion token; `null` if energy or tokens are unknown. */
  readonly joulesPerToken: number | null
  /** Output and activity by load. */
  readonly saturation: Saturation
  /** What a reader has to know about its numbers. */
  readonly notes: readonly string[]
}

/** The GPU on the run's time axis. */
export interface Gpu {
  readonly slices: readonly Slice[]
  /**
   * Completion tokens a second as the client saw them, at the middle of each interval; empty if they are unknown.
   */
  readonly tokensPerSecond: Points
}

/** DCGM takes a sample every 30 s by default; a lag beyond that is not plausible. */
const MAX_LAG_MS = 40_000

/** @returns `null` if there is no DCGM exporter among the witnesses */
export function gpuOf(run: Run): Gpu | null {
  if (!new ServerMetrics(run, 'dcgm').present) return null
  const { intervalMs, intervals } = run
  const isTold = answersWithoutUsage(run.whole) === 0
  const tokensPerSecond = isTold
    ? intervals.map(({ atMs, tokens }) => [atMs + intervalMs / 2, (tokens * 1000) / intervalMs] as const)
    : []
  const produced = new ServerMetrics(run, 'vllm').growth(['vllm:generation_tokens_total'])
  const tokens = produced ?? (isTold ? run.whole.completionTokens : 0)
  return {
    tokensPerSecond,
    slices: slicesOf(run).map((series) => sliceOf(run, series, tokensPerSecond, tokens)),
  }
}

function sliceOf(run: Run, series: SliceSeries, tokensPerSecond: Points, tokens: number): Slice {
  const { steady, durationMs } = run
  const level = (points: Points): Level | null => {
    const values = points
      .filter(([ms]) => ms >= steady.fromMs && ms <= steady.untilMs)
      .map(([, value]) => value)
    const mean = meanOf(values)
    return mean === null ? null : { mean, max: Math.max(...values) }
  }
  const stuck = tokens > 0 && series.engine.length > 0 && series.engine.every(([, value]) => value === 0)
  const dramTells = series.dram.some(([, value]) => value > 0)
  const better = series.engine.length > 0 && !stuck ? series.engine : dramTells ? series.dram : []
  // A card that is cut into slices always reports 0.
  const utilizationTells = series.utilization.some(([, value]) => value > 0)
  const utilization = better.length === 0 && utilizationTells ? series.utilization : []
  const activity = better.length > 0 ? better : utilization.length > 0 ? utilization : series.dram
  const memoryLevel = level(series.memoryUsed)
  return {
    ...series,
    utilization,
    utilizationLevel: level(utilization),
    engineLevel: level(series.engine),
    tensorLevel: level(series.tensor),
    dramLevel: level(series.dram),
    memoryLevel,
    powerLevel: level(series.power),
    lag: lagBehind(tokensPerSecond, activity, Math.min(MAX_LAG_MS, durationMs / 4)),
    joulesPerToken: series.cardJoules === null || tokens === 0 ? null : series.cardJoules / tokens,
    saturation: tokensPerSecond.length === 0 ? { levels: [], point: null } : saturationOf(run, activity),
    notes: [
      ...(stuck
        ? [
            dramTells
              ? 'GR_ENGINE_ACTIVE is stuck at 0, as DCGM does at times; DRAM_ACTIVE stands in for it.'
              : 'GR_ENGINE_ACTIVE stayed at 0: DCGM is stuck, or this slice did nothing.',
          ]
        : []),
      ...(utilization.length > 0
        ? [
            'The exporter tells no activity (DCGM_FI_PROF_…); GPU_UTIL stands in for it: the share of the time in which anything ran at all, however little.',
          ]
        : []),
      ...(memoryLevel === null
        ? [
            `The exporter tells no frame buffer${series.key.instance === null ? '' : ' of this slice, as happens on MIG'}.`,
          ]
        : []),
      ...(series.key.instance !== null && (series.power.length > 0 || series.cardJoules !== null)
        ? ['Power and energy are the whole card’s, other slices and idling included.']
        : []),
    ],
  }
}
