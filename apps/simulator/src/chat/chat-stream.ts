import type { Clock } from '../clock.ts'
import type { Sequence } from '../engine/engine.ts'
import type { RequestFault } from '../faults/fault.ts'
import { errorOf } from '../faults/response-faults.ts'
import { errorEvent, type ErrorBody } from '../http/failure.ts'
import type { Exchange, ResponseWriter } from '../http/exchange.ts'
import type { RequestRecord } from '../metrics/request-record.ts'
import { textOf, type Answer } from './answer.ts'
import { DONE, type ChunkWriter } from './chunk-writer.ts'

/** Unsent bytes in a connection above which the stream stops writing and accumulates tokens. */
const MOST_BUFFERED = 64 * 1024

/**
 * Streams one answer to one client. The engine tells how many tokens there are; this class writes the chunks. A client
 * that does not read costs no memory: its tokens are only counted, and are sent in one chunk when it reads again.
 */
export class ChatStream implements Sequence {
  readonly promptTokens: number
  readonly outputTokens: number
  readonly cacheSalt: string
  readonly #promptIds: readonly number[]
  readonly #exchange: Exchange
  readonly #writer: ResponseWriter
  readonly #answer: Answer
  readonly #chunks: ChunkWriter
  readonly #record: RequestRecord
  readonly #options: StreamOptions
  #produced = 0
  #sent = 0
  #begun = false
  #blocked = false
  #stalled = false
  #closed = false

  constructor(parts: StreamParts, options: StreamOptions) {
    this.#exchange = parts.exchange
    this.#writer = parts.writer
    this.#answer = parts.answer
    this.#chunks = parts.chunks
    this.#record = parts.record
    this.promptTokens = parts.promptIds.length
    this.cacheSalt = parts.cacheSalt
    this.#promptIds = parts.promptIds
    this.outputTokens = parts.answer.tokens.length
    this.#options = options
    this.#exchange.response.on('drain', () => this.#resume())
  }

  tokenAt(place: number): number {
    return this.#promptIds[place] ?? this.#answer.tokens[place - this.promptTokens]?.id ?? 0
  }

  scheduled(atMs: number, cachedTokens: number): void {
    this.#record.scheduled(atMs, cachedTokens)
  }

  preempted(): void {
    this.#record.preempted()
  }

  produce(count: number, atMs: number): void {
    this.#record.produced(count, atMs)
    this.#produced += count
    if (this.#produced >= this.outputTokens) this.#record.finished(this.#answer.finishReason, atMs)
    if (!this.#blocked && !this.#stalled) this.#send(false)
  }

  /** Ends the stream with an error event, as vLLM does when the engine dies or refuses. */
  fail(error: ErrorBody): void {
    if (this.#closed) return
    this.#writer.write(errorEvent(error) + DONE)
    this.close()
  }

  /** Ends the stream. */
  close(): void {
    if (this.#closed) return
    this.#closed = true
    this.#writer.end()
    this.#options.onClosed()
  }

  /** Stops writing, because the client is gone. */
  abandon(): void {
    this.#closed = true
  }

  #resume(): void {
    if (!this.#blocked || this.#closed) return
    this.#blocked = false
    if (!this.#stalled) this.#send(true)
  }

  #send(merge: boolean): void {
    if (this.#closed || this.#produced === 0) return
    const fault = this.#options.fault
    const trip = fault !== undefined && 'afterTokens' in fault ? fault.afterTokens : Infinity
    const until = Math.min(this.#produced, this.#sent < trip ? trip : Infinity)
    let text = ''
    if (!this.#begun) {
      this.#begun = true
      text = this.#chunks.role()
    }
    if (merge && until > this.#sent) text += this.#chunk(this.#sent, until)
    else for (let at = this.#sent; at < until; at++) text += this.#chunk(at, at + 1)
    this.#sent = until
    const complete = until >= this.outputTokens
    if (complete) text += this.#tail()
    if (text !== '' && !this.#writer.write(text)) this.#blocked = this.#isFull()
    if (complete) this.close()
    else if (until >= trip && this.#options.fault !== undefined) this.#meet(this.#options.fault)
  }

  #isFull(): boolean {
    return this.#exchange.response.writableLength > MOST_BUFFERED
  }

  #chunk(from: number, until: number): string {
    const { tokens, reasoningTokens, finishReason, stopReason } = this.#answer
    if (from < reasoningTokens && until > reasoningTokens)
      return this.#chunk(from, reasoningTokens) + this.#chunk(reasoningTokens, until)
    const text = JSON.stringify(textOf(this.#answer, from, until))
    const kind = from < reasoningTokens ? 'reasoning' : 'content'
    const shownIds = this.#options.returnTokenIds ? tokens.slice(from, until).map((token) => token.id) : null
    if (until >= this.outputTokens)
      return this.#chunks.last(kind, text, until, { finishReason, stopReason, ids: shownIds })
    if (kind === 'content' && shownIds === null) return this.#chunks.text(text, until)
    return this.#chunks.special(kind, text, until, shownIds)
  }

  #tail(): string {
    if (!this.#options.includeUsage) return DONE
    const { includeTimings, includePromptDetails } = this.#options
    const timings = includeTimings ? this.#record.timings() : undefined
    const details = includePromptDetails ? this.#record.promptTokensDetails() : undefined
    return this.#chunks.usage(this.outputTokens, timings, details) + DONE
  }

  /** Applies a fault in mid-stream, once. */
  #meet(fault: RequestFault): void {
    this.#options.fault = undefined
    if (fault.kind === 'reset') this.#exchange.destroy()
    else if (fault.kind === 'truncate') this.close()
    else if (fault.kind === 'malformed') {
      this.#writer.write('data: {"id":"chatcmpl-broken","object":"chat.completion.ch\n\n')
      this.#send(false)
    } else if (fault.kind === 'error-event') {
      this.fail(errorOf(fault.code, fault.message))
    } else if (fault.kind === 'stall') {
      this.#stalled = true
      if (fault.ms === undefined) return
      const cancel = this.#options.clock.after(fault.ms, () => {
        this.#stalled = false
        this.#send(false)
      })
      this.#exchange.response.once('close', cancel)
    }
  }
}

interface StreamParts {
  readonly exchange: Exchange
  readonly writer: ResponseWriter
  readonly answer: Answer
  readonly chunks: ChunkWriter
  readonly record: RequestRecord
  readonly promptIds: readonly number[]
  readonly cacheSalt: string
}

interface StreamOptions {
  readonly clock: Clock
  readonly includeUsage: boolean
  readonly includeTimings: boolean
  readonly includePromptDetails: boolean
  readonly returnTokenIds: boolean
  /** Called when the stream has ended, normally, by an error or by a fault, so that the engine can drop it. */
  readonly onClosed: () => void
  fault: RequestFault | undefined
}
