import type { Timings } from '@slicechat/metrics'
import type { ErrorShape } from '../errors.ts'

/** Tokens as the model server counted them. */
export interface Usage {
  promptTokens: number
  completionTokens: number
}

/**
 * Why a generation ended. `stop` and `length` are the model's; `stopped` is the reader's Stop;
 * `abandoned`: nobody read it for `ORPHAN_TIMEOUT_S`; `interrupted`: the API ended first.
 */
export type FinishReason = 'stop' | 'length' | 'stopped' | 'abandoned' | 'error' | 'interrupted'

/** What a reader should know of an end that is no failure, such as a content filter's. */
export interface FinishNote {
  /** The model server's word, as `finish_reason` had it: `content_filter`, `tool_calls`, or one that nobody knows here. */
  reason: string
  /** A sentence for people. */
  message: string
}

export interface FinishedEvent {
  type: 'finished'
  reason: FinishReason
  note?: FinishNote
  usage?: Usage
  /** Milliseconds on one monotonic clock; `null` where there was nothing to measure. */
  timings: Timings
  error?: ErrorShape
}

/**
 * One step of a generation. A reader gets `queued` (as the position changes), `started`, then text
 * (several tokens may arrive as one `delta`) and, always and last, `finished`.
 */
export type GenerationEvent =
  | { type: 'queued'; position: number }
  | {
      type: 'started'
      model: string
      queuedMs: number
      /** Oldest messages that were left out so that the rest fits the model's context. */
      droppedMessages: number
    }
  | { type: 'reasoning'; text: string }
  | { type: 'delta'; text: string }
  | FinishedEvent

export type TextEvent = Extract<GenerationEvent, { text: string }>
export type ControlEvent = Exclude<GenerationEvent, { text: string }>
