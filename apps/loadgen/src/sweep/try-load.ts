import { LatencyHistogram, type Run, type Tally, tokenRate } from '@slicechat/run'
import { mergeTallies } from '@slicechat/run/merge'
import { planLoad } from '../run/prepared-run.ts'
import type { Progress } from '../run/progress.ts'
import type { RequestRecord } from '../run/request-record.ts'
import { runScenario, type MeasuredRun } from '../run/run-scenario.ts'
import type { Scenario } from '../scenario/scenario.ts'
import type { CheckedTarget } from '../target/open-target.ts'
import { type SloAttainment, sloAttainmentOf } from './slo-attainment.ts'
import { OverSaturation } from './over-saturation.ts'
import type { SweepStep } from './sweep.ts'

export interface TrialOptions {
  /** The scenario, with the load of this step. */
  readonly scenario: Scenario
  readonly directory: string
  readonly target: CheckedTarget
  readonly seed: number
  readonly workers: number
  /** The share of requests that must be good. */
  readonly goal: number
  /** How often the load may be run until the answer is clear. */
  readonly maxRuns: number
  readonly signal: AbortSignal
  readonly onProgress: (progress: Progress) => void
  /** Saves a run of this step. @returns its folder, relative to the sweep's */
  readonly save: (run: Run) => Promise<string>
}

/**
 * Runs one load until it is clear whether it meets the SLO: until the interval of the good share lies on one
 * side of the goal. Each further run has a seed of its own, and the requests of all runs are judged together.
 * If it is not clear after the last run, the share itself decides. Ends early if the server is over-saturated.
 * @returns `undefined` if it was interrupted
 */
export async function tryLoad(load: number, options: TrialOptions): Promise<SweepStep | undefined> {
  const { scenario, goal, maxRuns, signal } = options
  const good: boolean[] = []
  const measured: MeasuredRun[] = []
  const runs: string[] = []
  for (let attempt = 0; ; attempt++) {
    const { run, records, overSaturated } = await runOnce(options, options.seed + attempt)
    runs.push(await options.save({ ...run, thresholds: [], witnesses: [] }))
    if (signal.aborted) return undefined
    measured.push(run)
    good.push(
      ...records
        .filter(({ intendedMs }) => intendedMs >= scenario.warmUp)
        .toSorted((a, b) => a.intendedMs - b.intendedMs)
        .flatMap(({ good }) => good ?? []),
    )
    const share = sloAttainmentOf(good)
    const verdict = overSaturated ? 'over-saturated' : verdictOf(share, goal)
    if (verdict !== undefined) return stepOf(load, verdict, true, share, measured, runs)
    // Without a request nothing can be said, and another run would have none either.
    if (share.requests === 0) return stepOf(load, 'not measured', false, share, measured, runs)
    if (attempt + 1 === maxRuns)
      return stepOf(load, share.share >= goal ? 'met' : 'missed', false, share, measured, runs)
  }
}

function verdictOf({ low, high }: SloAttainment, goal: number): 'met' | 'missed' | undefined {
  if (low >= goal) return 'met'
  return high < goal ? 'missed' : undefined
}

async function runOnce(options: TrialOptions, seed: number) {
  const { scenario, target, workers, signal, onProgress } = options
  const saturation = new OverSaturation(scenario.warmUp)
  const ending = new AbortController()
  const records: RequestRecord[] = []
  const run = await runScenario(
    { ...planLoad(options, seed), target },
    {
      workers,
      signal: AbortSignal.any([signal, ending.signal]),
      onProgress: (progress) => {
        if (saturation.add(progress)) ending.abort()
        onProgress(progress)
      },
      onRequest: (record) => records.push(record),
    },
  )
  return { run, records, overSaturated: ending.signal.aborted }
}

function stepOf(
  load: number,
  verdict: SweepStep['verdict'],
  clear: boolean,
  good: SloAttainment,
  measured: readonly MeasuredRun[],
  runs: readonly string[],
): SweepStep {
  const tally = mergeTallies(measured.map(({ steadyTally }) => steadyTally))
  const seconds = measured.reduce(
    (sum, { steady, durationMs }) => sum + (Math.min(steady.untilMs, durationMs) - steady.fromMs) / 1000,
    0,
  )
  return {
    load,
    verdict,
    clear,
    good,
    runs,
    ttft: quantilesOf(tally, 'ttft'),
    interToken: quantilesOf(tally, 'interToken'),
    e2e: quantilesOf(tally, 'e2e'),
    requestsPerSecond: seconds > 0 ? tally.succeeded / seconds : null,
    tokensPerSecond: tokenRate(tally, seconds),
    errors: tally.failed,
    clientSaturated: measured.some(({ self }) => self.saturated),
  }
}

function quantilesOf({ latencies }: Tally, name: keyof Tally['latencies']): SweepStep['ttft'] {
  const histogram = LatencyHistogram.decode(latencies[name])
  return { p50: histogram.quantile(0.5), p95: histogram.quantile(0.95), p99: histogram.quantile(0.99) }
}
