import type { Interval } from '@slicechat/report'
import type { Counts } from './tally-builder.ts'

/** Where a run stands; reported as each of its intervals ends. */
export interface Progress {
  readonly elapsedMs: number
  /** Of the plan; the answers' grace comes after it. */
  readonly durationMs: number
  /** From the run's zero. Tokens are those of answers that have ended. */
  readonly counts: Counts
  /** The interval that has just ended. Its tokens are not all known yet: those of running answers are missing. */
  readonly interval: Interval
}
