import type { PromptTokensDetails, RequestTimings } from '../metrics/request-record.ts'

export interface ChunkStyle {
  readonly id: string
  readonly created: number
  readonly model: string
  readonly fingerprint: string
  readonly promptTokens: number
  readonly promptTokenIds: readonly number[] | null
  readonly continuousUsage: boolean
  /** Whether a chunk with the usage follows the last one, which then does not carry the fingerprint. */
  readonly includeUsage: boolean
}

export const DONE = 'data: [DONE]\n\n'

/**
 * Writes the events of one stream as text. The constant parts of a chunk are built once: at tens of thousands of tokens
 * a second, building and encoding an object per token would be most of the work.
 */
export class ChunkWriter {
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
  role(): string {
    const { promptTokenIds } = this.#style
    const delta = '{"index":0,"delta":{"role":"assistant","content":""},"logprobs":null,"finish_reason":null}'
    return `${this.#head}${delta}]${this.#usage(0)},"prompt_token_ids":${JSON.stringify(promptTokenIds)},"prompt_text":null}\n\n`
  }

  /** A chunk with content. `text` is already JSON; `produced` includes this chunk's tokens. */
  text(text: string, produced: number): string {
    if (!this.#style.continuousUsage) return `${this.#content}${text}${this.#middle}}\n\n`
    return `${this.#content}${text}${this.#middle}${this.#usage(produced)}}\n\n`
  }

  /** Like `text`, for reasoning or with token ids. */
  special(
    kind: 'content' | 'reasoning',
    text: string,
    produced: number,
    ids: readonly number[] | null,
  ): string {
    const rest = `"logprobs":null,"finish_reason":null,"token_ids":${JSON.stringify(ids)}}]`
    return `${this.#head}{"index":0,"delta":{"${kind}":${text}},${rest}${this.#usage(produced)}}\n\n`
  }

  /** The last chunk with text, which has the finish reason. */
  last(
    kind: 'content' | 'reasoning',
    text: string,
    produced: number,
    end: { finishReason: string; stopReason: string | null; ids: readonly number[] | null },
  ): string {
    const { includeUsage, fingerprint } = this.#style
    const stop = `"stop_reason":${JSON.stringify(end.stopReason)},"token_ids":${JSON.stringify(end.ids)}}]`
    const reason = `"logprobs":null,"finish_reason":"${end.finishReason}",${stop}`
    const print = includeUsage ? '' : `,"system_fingerprint":"${fingerprint}"`
    return `${this.#head}{"index":0,"delta":{"${kind}":${text}},${reason}${this.#usage(produced)}${print}}\n\n`
  }

  /** The chunk without choices that carries the usage. */
  usage(produced: number, timings: RequestTimings | undefined, details?: PromptTokensDetails): string {
    const { promptTokens, fingerprint } = this.#style
    const usage = {
      prompt_tokens: promptTokens,
      total_tokens: promptTokens + produced,
      completion_tokens: produced,
      // Left out by JSON.stringify if it is undefined.
      prompt_tokens_details: details,
    }
    const metrics = timings === undefined ? '' : `,"metrics":${JSON.stringify(timings)}`
    return `${this.#head}],"usage":${JSON.stringify(usage)},"system_fingerprint":"${fingerprint}"${metrics}}\n\n`
  }

  #usage(produced: number): string {
    if (!this.#style.continuousUsage) return ''
    const { promptTokens } = this.#style
    return `,"usage":{"prompt_tokens":${promptTokens},"total_tokens":${promptTokens + produced},"completion_tokens":${produced},"completion_tokens_details":null}`
  }
}
