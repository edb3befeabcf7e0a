import { type Chunk, type EngineTimings, type OtherContent, parseChunk, type TokenUsage } from './chunk.ts'
import { ChunkReader } from './chunk-reader.ts'
import { EventDecoder } from './event-decoder.ts'
import type { Finish } from './finish-reasons.ts'
import { readErrorEvent, type ServerError, titleOf } from './server-error.ts'

/** Receives the pieces of one answer. It is called synchronously, as the bytes arrive. */
export interface AnswerHandler {
  /** A piece of text. At least one of the two is not empty; the reasoning comes before the content. */
  piece: (content: string, reasoning: string) => void
  /** The newest token counts; the last call is the final one. */
  usage: (usage: TokenUsage) => void
}

/** How an answer ended. */
export type AnswerEnd =
  | { readonly kind: 'finished'; readonly finish: Finish & { readonly reason: 'stop' | 'length' } }
  /** It finished without any text. `otherContent` is what it has instead, such as `only tool calls: get_weather`. */
  | { readonly kind: 'empty'; readonly finish: Finish; readonly otherContent: string }
  /** The server gave up with a finish reason such as `abort`. */
  | { readonly kind: 'given-up'; readonly finish: Finish }
  | { readonly kind: 'error'; readonly error: ServerError }
  /** The body ended without a finish reason. */
  | { readonly kind: 'broke-off' }
  | { readonly kind: 'no-json' }
  | { readonly kind: 'too-large' }
  /** The body is not an answer of a model server. `title` is that of a web page; otherwise it is empty. */
  | { readonly kind: 'no-answer'; readonly title: string }

const MAX_BODY_BYTES = 8 * 1024 * 1024
/** Number of bytes by which an event stream can be told from everything else. */
const SNIFF_BYTES = 16
const EVENT_STREAM_START = /^(?:(?:data|event|id|retry|error)? ?:|(?:data|event|id|retry)[\r\n])/
const LEFT_BRACE = 123

const WHOLE_ANSWER: Finish & { reason: 'stop' } = { reason: 'stop', word: 'stop', note: null }

/**
 * Reads the body of one chat completion: an event stream, or the whole answer as JSON from servers that do not stream.
 * After the finish reason nothing makes the answer a failure any more: neither an error event, nor rubbish, nor the loss
 * of the connection. Before it nothing makes the answer a success.
 */
export class AnswerReader {
  readonly #handler: AnswerHandler
  readonly #chunks = new ChunkReader()
  readonly #decoder = new EventDecoder((data, type) => this.#event(data, type))
  /** Format of the body; `undefined` until its first bytes have told. */
  #format: 'events' | 'json' | undefined
  readonly #isNamedEvents: boolean
  #buffer: Buffer[] = []
  #bufferedBytes = 0
  #finish: Finish | undefined
  #timings: EngineTimings | undefined
  #failure: AnswerEnd | undefined
  #other: OtherContent[] = []
  #hasText = false
  #ended = false
  #bodyEnded = false

  /** @param contentType of the response. Servers forget and misspell it, so the first bytes of the body count too */
  constructor(handler: AnswerHandler, contentType?: string | null) {
    this.#handler = handler
    this.#isNamedEvents = /^\s*text\/event-stream/i.test(contentType ?? '')
  }

  /** Whether nothing more will be read, because `[DONE]` or a failure has come. */
  get ended(): boolean {
    return this.#ended
  }

  /** Whether `[DONE]` has come: only the end of the body is still due. */
  get done(): boolean {
    return this.#ended && this.#failure === undefined
  }

  /** Whether the finish reason has come: the answer is whole, and only counts may follow. */
  get finished(): boolean {
    return this.#finish !== undefined
  }

  /** The timings of the request, as vLLM measured them. */
  get timings(): EngineTimings | undefined {
    return this.#timings
  }

  /** @param bytes are not kept: they may be overwritten after the call */
  push(bytes: Buffer): void {
    if (this.#ended) return
    if (this.#format === 'events') this.#decode(bytes)
    else {
      this.#buffer.push(Buffer.from(bytes))
      this.#bufferedBytes += bytes.length
      if (this.#format === 'json') {
        if (this.#bufferedBytes > MAX_BODY_BYTES) this.#fail({ kind: 'too-large' })
      } else this.#sniff(false)
    }
  }

  /** Ends the reading, because the body has ended or was lost. @returns how the answer ended */
  end(): AnswerEnd {
    this.#bodyEnded = true
    if (!this.#ended && this.#format === undefined) this.#sniff(true)
    if (!this.#ended && this.#format === 'events') this.#decoder.end()
    if (!this.#ended && this.#format === 'json') this.#readWhole()
    if (this.#failure !== undefined) return this.#failure
    const finish = this.#finish
    if (finish === undefined) return { kind: 'broke-off' }
    if (finish.reason === 'failed') return { kind: 'given-up', finish }
    if (!this.#hasText) return { kind: 'empty', finish, otherContent: describe(this.#other) }
    return { kind: 'finished', finish: { ...finish, reason: finish.reason } }
  }

  #fail(failure: AnswerEnd): void {
    if (this.#finish !== undefined && this.#finish.reason !== 'failed') return
    this.#failure ??= failure
    this.#ended = true
  }

  /** Determines the format of the body by its first bytes. @param isAll whether these are all bytes */
  #sniff(isAll: boolean): void {
    const bytes =
      this.#buffer.length === 1 ? (this.#buffer[0] ?? Buffer.alloc(0)) : Buffer.concat(this.#buffer)
    const start = bytes.toString('utf8').replace(/^[\ufeff\s]+/, '')
    if (start === '') {
      // Blank lines say nothing. Keeping them would cost time that grows with the square of their number.
      this.#buffer = []
      this.#bufferedBytes = 0
      return
    }
    // An event stream begins with neither. Some servers send an error in JSON under a stream's content type.
    if (start.startsWith('{') || start.startsWith('[')) this.#format = 'json'
    else if (this.#isNamedEvents && !start.startsWith('<')) this.#format = 'events'
    else if (EVENT_STREAM_START.test(start)) this.#format = 'events'
    else if (isAll || start.length >= SNIFF_BYTES || start.startsWith('<'))
      this.#fail({ kind: 'no-answer', title: start.startsWith('<') ? titleOf(start) : '' })
    if (this.#format !== 'events') return
    this.#buffer = []
    this.#decode(bytes)
  }

  #decode(bytes: Buffer): void {
    try {
      this.#decoder.push(bytes)
    } catch (error) {
      if (!(error instanceof RangeError)) throw error
      this.#ended = true
      this.#fail({ kind: 'too-large' })
    }
  }

  #readWhole(): void {
    const text = Buffer.concat(this.#buffer).toString('utf8')
    this.#buffer = []
    try {
      const chunk = parseChunk(text.replace(/^\ufeff/, ''))
      this.#take(chunk)
      // A complete JSON text is a whole answer, even without a finish reason.
      if (this.#hasText || chunk.other !== null) this.#finish ??= WHOLE_ANSWER
      else if (this.#finish === undefined) this.#fail({ kind: 'no-answer', title: '' })
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error
      // The text was cut off.
      this.#fail({ kind: 'broke-off' })
    }
  }

  #event(data: string, type: string): void {
    if (this.#ended) return
    if (type === 'error') return this.#fail({ kind: 'error', error: readErrorEvent(data) })
    if (data.charCodeAt(0) !== LEFT_BRACE) {
      const word = data.trim()
      if (word === '') return
      if (word === '[DONE]') {
        this.#ended = true
        return
      }
    }
    let chunk: Chunk
    try {
      chunk = this.#chunks.read(data)
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error
      // Half a chunk at the end is the fault of the connection, not of the server.
      if (!this.#bodyEnded) this.#fail({ kind: 'no-json' })
      return
    }
    this.#take(chunk)
  }

  #take(chunk: Chunk): void {
    const { content, reasoning, usage, error } = chunk
    // The usage is reported first, because a handler of the text may stop reading at once.
    if (usage !== null) this.#handler.usage(usage)
    if (chunk.timings !== null) this.#timings = chunk.timings
    if (content !== '' || reasoning !== '') {
      this.#hasText = true
      this.#handler.piece(content, reasoning)
    }
    if (chunk.other !== null && this.#other.length < 100) this.#other.push(...chunk.other)
    if (error !== null) this.#fail({ kind: 'error', error })
    if (this.#finish === undefined && chunk.finish !== null) this.#finish = chunk.finish
  }
}

function describe(other: readonly OtherContent[]): string {
  const names = new Map<string, Set<string>>()
  for (const { kind, name } of other) {
    const known = names.get(kind) ?? new Set()
    names.set(kind, known)
    if (name !== '' && known.size < 10) known.add(name)
  }
  if (names.size === 0) return ''
  return `only ${[...names].map(([kind, of]) => (of.size === 0 ? kind : `${kind}: ${[...of].join(', ')}`)).join('; ')}`
}
