import { LatencyHistogram } from '@slicechat/run'
import type { Progress } from '../run/progress.ts'

/** Quantiles in milliseconds; `null` where nothing was measured. */
export interface Quantiles {
  readonly p50: number | null
  readonly p95: number | null
  readonly p99: number | null
}

/** State of a run: counts since its start, rates and times over the last seconds. */
export interface LiveStats {
  readonly progress: Progress
  readonly startedPerSecond: number
  /** Counts tokens when answers end, since their usage is known only then; `null` before the first. */
  readonly tokensPerSecond: number | null
  readonly ttft: Quantiles
  readonly gap: Quantiles
}

/** Seconds that rates and quantiles look back on. */
export const LOOK_BACK_S = 10

/** Keeps the last intervals of a run. */
export class RecentIntervals {
  readonly #last: Progress[] = []
  /** Completion tokens up to the interval before those that are kept. */
  #tokensBefore = 0

  add(progress: Progress): LiveStats {
    const last = this.#last
    last.push(progress)
    while (last.length > LOOK_BACK_S) this.#tokensBefore = last.shift()?.counts.completionTokens ?? 0
    const { completionTokens } = progress.counts
    const seconds = last.length
    const sum = (of: (progress: Progress) => number): number =>
      last.reduce((total, one) => total + of(one), 0)
    return {
      progress,
      startedPerSecond: sum(({ interval }) => interval.started) / seconds,
      tokensPerSecond: completionTokens === 0 ? null : (completionTokens - this.#tokensBefore) / seconds,
      ttft: quantilesOf(last.map(({ interval }) => interval.ttft)),
      gap: quantilesOf(last.map(({ interval }) => interval.gap)),
    }
  }
}

function quantilesOf(encoded: readonly (string | null)[]): Quantiles {
  const all = new LatencyHistogram()
  for (const one of encoded) if (one !== null) all.add(LatencyHistogram.decode(one))
  return { p50: all.quantile(0.5), p95: all.quantile(0.95), p99: all.quantile(0.99) }
}
