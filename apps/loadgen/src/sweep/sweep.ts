import type { Run, Slo } from '@slicechat/run'
import type { LoadParameter } from './constant-load.ts'
import type { SloAttainment } from './slo-attainment.ts'

/** Version of the format of `sweep.json`. */
export const SWEEP_SCHEMA = 'slicechat.sweep/1'

interface Quantiles {
  readonly p50: number | null
  readonly p95: number | null
  readonly p99: number | null
}

/** One load that was tried. Times in milliseconds. */
export interface SweepStep {
  readonly load: number
  /** `not measured`: no request was intended within the measured time. */
  readonly verdict: 'met' | 'missed' | 'over-saturated' | 'not measured'
  /** The interval of the share of good requests lies on one side of the goal; else the share itself decided. */
  readonly clear: boolean
  readonly good: SloAttainment
  readonly ttft: Quantiles
  readonly interToken: Quantiles
  readonly e2e: Quantiles
  readonly requestsPerSecond: number | null
  /** `null` if the server reports no usage. */
  readonly tokensPerSecond: number | null
  readonly errors: number
  readonly clientSaturated: boolean
  /** Folders of the runs of this step, relative to the sweep's. */
  readonly runs: readonly string[]
}

/** The largest load that meets an SLO, and how it was found. */
export interface Sweep {
  readonly schema: typeof SWEEP_SCHEMA
  readonly name: string
  readonly startedAt: number
  readonly over: LoadParameter
  readonly slo: Slo
  /** The share of requests that must meet the SLO. */
  readonly goal: number
  readonly target: Run['target']
  readonly seed: number
  readonly scenario: Run['scenario']
  /** In the order in which they were tried. */
  readonly steps: readonly SweepStep[]
  readonly largestMet: number | null
  readonly smallestMissed: number | null
  /** The sweep ended before it found the limit. */
  readonly cutShort: boolean
}
