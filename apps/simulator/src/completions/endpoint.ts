import type { PromptTokensDetails, RequestTimings } from '../metrics/request-record.ts'
import type { ParsedRequest } from './completion-request.ts'

/** What tells `/v1/chat/completions` and `/v1/completions` apart. */
export interface Endpoint {
  /** Reads a body. @throws {HttpError} as vLLM does before it looks at the model */
  readonly parse: (body: string) => ParsedRequest
  /** What the ids of its answers begin with. */
  readonly idPrefix: string
  readonly chunks: (style: ChunkStyle) => ChunkWriter
  /** The body of a whole answer, with the keys in vLLM's order. */
  readonly body: (answer: WholeAnswer) => object
}

/** What all chunks of a stream share. */
export interface ChunkStyle {
  readonly id: string
  readonly created: number
  readonly model: string
  readonly fingerprint: string
  readonly promptTokens: number
  readonly promptTokenIds: readonly number[] | null
  /** The text that comes back before the answer; only with `echo`. */
  readonly echoed: string
  readonly continuousUsage: boolean
  /** Whether a chunk with the usage follows the last one, which then does not carry the fingerprint. */
  readonly includeUsage: boolean
}

export type TextKind = 'content' | 'reasoning'

/** Writes the events of one stream. Each `text` is already JSON; each `produced` includes the chunk's own tokens. */
export interface ChunkWriter {
  /** What comes before all text. */
  first(): string
  /** A chunk with content. */
  text(text: string, produced: number): string
  /** Like `text`, for reasoning or with token ids. */
  special(kind: TextKind, text: string, produced: number, ids: readonly number[] | null): string
  /** The last chunk with text, which has the finish reason. */
  last(kind: TextKind, text: string, produced: number, end: AnswerEnd): string
  /** The chunk without choices that carries the usage. */
  usage(produced: number, timings: RequestTimings | undefined, details?: PromptTokensDetails): string
}

export interface AnswerEnd {
  readonly finishReason: string
  readonly stopReason: string | null
  readonly ids: readonly number[] | null
}

/** An answer that is sent as a whole. */
export interface WholeAnswer extends AnswerEnd {
  readonly id: string
  readonly created: number
  readonly model: string
  readonly fingerprint: string
  readonly promptTokenIds: readonly number[] | null
  readonly echoed: string
  /** Empty if there is none. */
  readonly reasoning: string
  readonly content: string
  readonly usage: object
  readonly metrics: object | null
}

export const DONE = 'data: [DONE]\n\n'

/** The chunk with the usage, which both endpoints write alike. @param head the chunk up to its choices */
export function usageChunk(
  head: string,
  { promptTokens, fingerprint }: ChunkStyle,
  produced: number,
  timings: RequestTimings | undefined,
  details: PromptTokensDetails | undefined,
): string {
  const usage = {
    prompt_tokens: promptTokens,
    total_tokens: promptTokens + produced,
    completion_tokens: produced,
    // Left out by JSON.stringify if it is undefined.
    prompt_tokens_details: details,
  }
  const metrics = timings === undefined ? '' : `,"metrics":${JSON.stringify(timings)}`
  return `${head}],"usage":${JSON.stringify(usage)},"system_fingerprint":"${fingerprint}"${metrics}}\n\n`
}
