import type { Timings } from '@slicechat/metrics'

/** How a request ended, as the tallies count it. */
export type RequestStatus = 'succeeded' | 'failed' | 'abandoned' | 'unfinished' | 'dropped'

/**
 * One request of a run. Moments are milliseconds from the run's zero, on a monotonic clock; durations milliseconds.
 * What is `undefined` did not happen or was not told.
 */
export interface RequestRecord {
  /** Of the plan: the same in every run with the same scenario and seed. */
  readonly conversation: string
  /** Of the conversation, from 0. */
  readonly turn: number
  /** The answer before it was made again. */
  readonly regenerated: boolean
  readonly status: RequestStatus
  readonly intendedMs: number
  readonly startedMs: number | undefined
  /** Sent → first non-empty text. */
  readonly ttftMs: number | undefined
  /** (last − first text) / (tokens − 1); of succeeded requests, where `meanInterTokenMs` can tell it. */
  readonly interTokenMs: number | undefined
  /** Sent → last text; of succeeded requests. */
  readonly e2eMs: number | undefined
  readonly longestGapMs: number | undefined
  /** A whole answer that came in one piece, or in a few large ones, so that the time between its tokens is not known. */
  readonly burst: boolean
  readonly pieces: number
  readonly characters: number
  readonly promptTokens: number | undefined
  readonly completionTokens: number | undefined
  /** Completion tokens after the user had gone. */
  readonly wastedTokens: number
  /** Met every SLO; `undefined`: somebody ended the run before it could be told. */
  readonly good: boolean | undefined
  readonly error: { readonly code: string; readonly message: string } | undefined
  /** What the API measured of it. */
  readonly apiTimings: Timings | undefined
  /** What vLLM measured of it. */
  readonly engineTimings: { readonly ttftMs: number; readonly queueMs: number } | undefined
}

/** Which request of the plan. */
export type RequestOrigin = Pick<RequestRecord, 'conversation' | 'turn' | 'regenerated' | 'intendedMs'>
