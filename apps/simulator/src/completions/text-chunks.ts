import type { PromptTokensDetails, RequestTimings } from '../metrics/request-record.ts'
import { type AnswerEnd, type ChunkStyle, type ChunkWriter, type TextKind, usageChunk } from './endpoint.ts'

/** Writes the events of a stream of `/v1/completions`. Reasoning is text as any other there. */
export class TextChunks implements ChunkWriter {
  readonly #style: ChunkStyle
  readonly #head: string
  readonly #text: string
  /** Whether a chunk with text was written: the first one has the prompt. */
  #begun = false

  constructor(style: ChunkStyle) {
    const { id, created, model } = style
    this.#style = style
    const start = { id, object: 'text_completion', created, model }
    this.#head = `data: ${JSON.stringify(start).slice(0, -1)},"choices":[`
    this.#text = `${this.#head}{"index":0,"text":`
  }

  first(): string {
    return ''
  }

  text(text: string, produced: number): string {
    return this.special('content', text, produced, null)
  }

  special(_kind: TextKind, text: string, produced: number, ids: readonly number[] | null): string {
    const end = `"logprobs":null,"finish_reason":null,"stop_reason":null`
    return `${this.#begin(text)},${end},${this.#ids(ids)}}]${this.#usage(produced)}}\n\n`
  }

  last(_kind: TextKind, text: string, produced: number, end: AnswerEnd): string {
    const { includeUsage, fingerprint } = this.#style
    const reason = `"logprobs":null,"finish_reason":"${end.finishReason}","stop_reason":${JSON.stringify(end.stopReason)}`
    const print = includeUsage ? '' : `,"system_fingerprint":"${fingerprint}"`
    return `${this.#begin(text)},${reason},${this.#ids(end.ids)}}]${this.#usage(produced)}${print}}\n\n`
  }

  usage(produced: number, timings: RequestTimings | undefined, details?: PromptTokensDetails): string {
    return usageChunk(this.#head, this.#style, produced, timings, details)
  }

  #begin(text: string): string {
    const { echoed } = this.#style
    if (this.#begun || echoed === '') return this.#text + text
    return `${this.#text}${JSON.stringify(echoed).slice(0, -1)}${text.slice(1)}`
  }

  #ids(ids: readonly number[] | null): string {
    const { promptTokenIds } = this.#style
    const prompt = this.#begun ? null : promptTokenIds
    this.#begun = true
    return `"prompt_token_ids":${JSON.stringify(prompt)},"token_ids":${JSON.stringify(ids)}`
  }

  #usage(produced: number): string {
    if (!this.#style.continuousUsage) return ''
    const { promptTokens } = this.#style
    return `,"usage":{"prompt_tokens":${promptTokens},"total_tokens":${promptTokens + produced},"completion_tokens":${produced}}`
  }
}
