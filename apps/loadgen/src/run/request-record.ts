import type { Timings } from '@slicechat/metrics/reading'

/** How a request ended, as the tallies count it. */
export type RequestStatus = 'succeeded' | 'failed' | 'abandoned' | 'unfinished' | 'dropped'

/**
 * One request of a run. Moments are milliseconds from the run's zero, on a monotonic clock; durations are
 * milliseconds. `undefined`: it did not happen, or nobody reported it.
 */
export interface RequestRecord {
  /** Id of the planned conversation: the same in every run with the same scenario and seed. */
  readonly conversation: string
  /** Index of the turn in its conversation, from 0. */
  readonly turn: number
  /** The request has the turn's answer generated again. */
  readonly regenerated: boolean
  readonly status: RequestStatus
  readonly intendedMs: number
  readonly startedMs: number | undefined
  /** Sent → first non-empty text. */
  readonly ttftMs: number | undefined
  /** (last − first text) / (tokens − 1); of succeeded requests for which `StreamMeter` gives one. */
  readonly interTokenMs: number | undefined
  /** Sent → last text; of succeeded requests. */
  readonly e2eMs: number | undefined
  readonly longestGapMs: number | undefined
  /**
   * A complete answer that came in one piece, or in a few large ones, so that the time between its tokens is unknown.
   */
  readonly burst: boolean
  readonly pieces: number
  readonly characters: number
  readonly promptTokens: number | undefined
  readonly completionTokens: number | undefined
  /** Completion tokens that came after the user had gone. */
  readonly wastedTokens: number
  /** It met every SLO; `undefined`: someone ended the run before that was known. */
  readonly good: boolean | undefined
  readonly error: { readonly code: string; readonly message: string } | undefined
  /** The API's own timings of it. */
  readonly apiTimings: Timings | undefined
  /** vLLM's own timings of it. */
  readonly engineTimings: { readonly ttftMs: number; readonly queueMs: number } | undefined
}

/** Identifies a request of the plan. */
export type RequestOrigin = Pick<RequestRecord, 'conversation' | 'turn' | 'regenerated' | 'intendedMs'>
