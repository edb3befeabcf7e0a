import type { Interval } from '@slicechat/run'
import type { Counts } from './tally-accumulator.ts'

/** State of a run, reported as each of its intervals ends. */
export interface Progress {
  readonly elapsedMs: number
  /** Duration of the plan; the grace for answers comes after it. */
  readonly durationMs: number
  /** Since the run's zero. Tokens are those of answers that have ended. */
  readonly counts: Counts
  /** The interval that has just ended. Tokens of answers that are still running are missing from it. */
  readonly interval: Interval
}
