import type { Timings } from '@slicechat/metrics/reading'
import type { ErrorShape } from './errors.ts'

/** Tokens as the model server counted them. */
export interface Usage {
  promptTokens: number
  completionTokens: number
}

/**
 * Why a generation ended. `stop` and `length` come from the model server. `stopped`: a reader pressed Stop.
 * `abandoned`: nobody read it for `ORPHAN_TIMEOUT_S`. `interrupted`: the API ended first.
 */
export type FinishReason = 'stop' | 'length' | 'stopped' | 'abandoned' | 'error' | 'interrupted'

/** An end that is no failure but that the reader should know of, such as the end by a content filter. */
export interface FinishNote {
  /** The model server's `finish_reason`: `content_filter`, `tool_calls`, or one that the API does not know. */
  reason: string
  /** A sentence for people. */
  message: string
}

/** The last event of a generation. */
export interface FinishedEvent {
  type: 'finished'
  reason: FinishReason
  note?: FinishNote
  usage?: Usage
  /** Milliseconds on one monotonic clock; `null` for what could not be measured. */
  timings: Timings
  error?: ErrorShape
}

/**
 * One step of a generation. A reader gets `queued` (again when the position changes), `started`, then text
 * (several tokens may arrive as one `delta`), and always `finished` as the last event.
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

/** An event with text of the answer, which several tokens may share. */
export type TextEvent = Extract<GenerationEvent, { text: string }>
/** An event without text: the beginning, the end, and what happens before. */
export type ControlEvent = Exclude<GenerationEvent, { text: string }>
