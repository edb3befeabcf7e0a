import type { PromptTokensDetails, RequestTimings } from '../metrics/request-record.ts'
import { type AnswerEnd, type ChunkStyle, type ChunkWriter, type TextKind, usageChunk } from './endpoint.ts'

/**
 * Writes the events of a stream of `/v1/chat/completions` as text. The constant parts of a chunk are built once: at tens of thousands of tokens
 * a second, building and encoding an object per token would be most of the work.
 */
export class ChatChunks implements ChunkWriter {
  readonly #style: ChunkStyle
  readonly #head: string
  readonly #content: string
  readonly #middle: string

  constructor(style: ChunkStyle) {
    const { id, created, model } = style
    this.#style = style
    const start = { id, object: 'chat.completion.chunk', created, model }
    this.#head = `data: ${JSON.stringify(start).slice(0, -1)},"choices":[`
    this.#content = `${this.#head}{"index":0,"delta":{"content":`
    this.#middle = '},"logprobs":null,"finish_reason":null,"token_ids":null}]'
  }

  /** The first chunk, with the role and without text. */
  first(): string {
    const { promptTokenIds } = this.#style
    const delta = '{"index":0,"delta":{"role":"assistant","content":""},"logprobs":null,"finish_reason":null}'
    return `${this.#head}${delta}]${this.#usage(0)},"prompt_token_ids":${JSON.stringify(promptTokenIds)},"prompt_text":null}\n\n`
  }

  text(text: string, produced: number): string {
    if (!this.#style.continuousUsage) return `${this.#content}${text}${this.#middle}}\n\n`
    return `${this.#content}${text}${this.#middle}${this.#usage(produced)}}\n\n`
  }

  special(kind: TextKind, text: string, produced: number, ids: readonly number[] | null): string {
    const rest = `"logprobs":null,"finish_reason":null,"token_ids":${JSON.stringify(ids)}}]`
    return `${this.#head}{"index":0,"delta":{"${kind}":${text}},${rest}${this.#usage(produced)}}\n\n`
  }

  last(kind: TextKind, text: string, produced: number, end: AnswerEnd): string {
    const { includeUsage, fingerprint } = this.#style
    const stop = `"stop_reason":${JSON.stringify(end.stopReason)},"token_ids":${JSON.stringify(end.ids)}}]`
    const reason = `"logprobs":null,"finish_reason":"${end.finishReason}",${stop}`
    const print = includeUsage ? '' : `,"system_fingerprint":"${fingerprint}"`
    return `${this.#head}{"index":0,"delta":{"${kind}":${text}},${reason}${this.#usage(produced)}${print}}\n\n`
  }

  usage(produced: number, timings: RequestTimings | undefined, details?: PromptTokensDetails): string {
    return usageChunk(this.#head, this.#style, produced, timings, details)
  }

  #usage(produced: number): string {
    if (!this.#style.continuousUsage) return ''
    const { promptTokens } = this.#style
    return `,"usage":{"prompt_tokens":${promptTokens},"total_tokens":${promptTokens + produced},"completion_tokens":${produced},"completion_tokens_details":null}`
  }
}
