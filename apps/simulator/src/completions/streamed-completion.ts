import type { RequestFault } from '../faults/fault.ts'
import { errorOf } from '../faults/response-faults.ts'
import { splitWriter } from '../faults/split-writer.ts'
import type { ResponseWriter } from '../http/exchange.ts'
import { errorEvent, type ErrorBody } from '../http/http-error.ts'
import type { SimulatorContext } from '../simulator-context.ts'
import { textOf } from './answer.ts'
import { Completion, type AcceptedRequest } from './completion.ts'
import { DONE, type ChunkWriter } from './endpoint.ts'

/** Unsent bytes in a connection above which the stream stops writing and accumulates tokens. */
const MAX_BUFFERED_BYTES = 64 * 1024

/**
 * A completion with `stream`: its tokens are sent as they come. A client that does not read costs no memory: its tokens
 * are only counted, and are sent in one chunk when it reads again.
 */
export class StreamedCompletion extends Completion {
  readonly #chunks: ChunkWriter
  readonly #writer: ResponseWriter
  /** A fault that is still to come, in mid-stream. */
  #fault: RequestFault | undefined
  #sent = 0
  #started = false
  #blocked = false
  #stalled = false

  constructor(context: SimulatorContext, accepted: AcceptedRequest, chunks: ChunkWriter) {
    super(context, accepted)
    const { response } = accepted.exchange
    this.#chunks = chunks
    this.#fault = accepted.fault
    this.#writer = accepted.fault?.kind === 'split' ? splitWriter(response) : response
    response.on('drain', () => this.#resume())
  }

  protected override advance(): void {
    if (!this.#blocked && !this.#stalled) this.#send(false)
  }

  protected override sendError(error: ErrorBody): void {
    this.#writer.write(errorEvent(error) + DONE)
    this.#writer.end()
  }

  #end(): void {
    if (this.closed) return
    this.#writer.end()
    this.close()
  }

  #resume(): void {
    if (!this.#blocked || this.closed) return
    this.#blocked = false
    if (!this.#stalled) this.#send(true)
  }

  /** Sends the tokens that were not yet sent, up to the fault, if one is to come. @param merge in one chunk */
  #send(merge: boolean): void {
    if (this.closed || this.produced === 0) return
    const fault = this.#fault
    const faultAt = fault !== undefined && 'afterTokens' in fault ? fault.afterTokens : Infinity
    const until = Math.min(this.produced, this.#sent < faultAt ? faultAt : Infinity)
    let text = ''
    if (!this.#started) {
      this.#started = true
      text = this.#chunks.first()
    }
    if (merge && until > this.#sent) text += this.#chunk(this.#sent, until)
    else for (let at = this.#sent; at < until; at++) text += this.#chunk(at, at + 1)
    this.#sent = until
    const complete = until >= this.outputTokens
    if (complete) text += this.#tail()
    if (text !== '' && !this.#writer.write(text)) this.#blocked = this.#isFull()
    if (complete) this.#end()
    else if (until >= faultAt && this.#fault !== undefined) this.#apply(this.#fault)
  }

  #isFull(): boolean {
    return this.accepted.exchange.response.writableLength > MAX_BUFFERED_BYTES
  }

  #chunk(from: number, until: number): string {
    const { tokens, reasoningTokens, finishReason, stopReason } = this.answer
    if (from < reasoningTokens && until > reasoningTokens)
      return this.#chunk(from, reasoningTokens) + this.#chunk(reasoningTokens, until)
    const text = JSON.stringify(textOf(this.answer, from, until))
    const kind = from < reasoningTokens ? 'reasoning' : 'content'
    const { returnTokenIds } = this.accepted.request
    const shownIds = returnTokenIds ? tokens.slice(from, until).map((token) => token.id) : null
    if (until >= this.outputTokens)
      return this.#chunks.last(kind, text, until, { finishReason, stopReason, ids: shownIds })
    if (kind === 'content' && shownIds === null) return this.#chunks.text(text, until)
    return this.#chunks.special(kind, text, until, shownIds)
  }

  #tail(): string {
    if (!this.accepted.request.includeUsage) return DONE
    return this.#chunks.usage(this.outputTokens, this.timings(), this.promptTokensDetails()) + DONE
  }

  /** Applies a fault in mid-stream, once. */
  #apply(fault: RequestFault): void {
    this.#fault = undefined
    const { exchange } = this.accepted
    if (fault.kind === 'reset') exchange.destroy()
    else if (fault.kind === 'truncate') this.#end()
    else if (fault.kind === 'malformed') {
      this.#writer.write('data: {"id":"chatcmpl-broken","object":"chat.completion.ch\n\n')
      this.#send(false)
    } else if (fault.kind === 'error-event') {
      this.fail(errorOf(fault.code, fault.message))
    } else if (fault.kind === 'stall') {
      this.#stalled = true
      if (fault.ms === undefined) return
      const cancel = this.context.clock.after(fault.ms, () => {
        this.#stalled = false
        this.#send(false)
      })
      exchange.response.once('close', cancel)
    }
  }
}
