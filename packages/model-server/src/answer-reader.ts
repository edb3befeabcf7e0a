import { type Chunk, type EngineTimings, type Other, parseChunk, type TokenUsage } from './chunk.ts'
import { ChunkReader } from './chunk-reader.ts'
import { EventDecoder } from './event-decoder.ts'
import type { Finish } from './finish-reasons.ts'
import { readError, readErrorBody, type ServerError, titleOf } from './server-error.ts'

/** Where the pieces of one answer go. Called synchronously, as the bytes arrive. */
export interface AnswerHandler {
  /** A piece of text, of which not both parts are empty. Within a piece reasoning comes before content. */
  piece: (content: string, reasoning: string) => void
  /** The newest token counts; the last call is the final one. */
  usage: (usage: TokenUsage) => void
}

/** How an answer ended. */
export type AnswerEnd =
  | { readonly how: 'finished'; readonly finish: Finish & { readonly reason: 'stop' | 'length' } }
  /** It finished, without any text. `came`: what it has instead, as `only tool calls: get_weather`. */
  | { readonly how: 'empty'; readonly finish: Finish; readonly came: string }
  /** The server gave up with a finish reason such as `abort`. */
  | { readonly how: 'given-up'; readonly finish: Finish }
  | { readonly how: 'error'; readonly error: ServerError }
  /** The body ended without a finish reason. */
  | { readonly how: 'broke-off' }
  | { readonly how: 'no-json' }
  | { readonly how: 'too-large' }
  /** What came is no answer of a model server; `title` of a web page, else empty. */
  | { readonly how: 'no-answer'; readonly title: string }

const mostBodyBytes = 8 * 1024 * 1024
/** So many bytes tell an event stream from everything else. */
const tellingBytes = 16
const beginsLikeEvents = /^(?:(?:data|event|id|retry|error)? ?:|(?:data|event|id|retry)[\r\n])/
const leftBrace = 123

const whole: Finish & { reason: 'stop' } = { reason: 'stop', word: 'stop', note: null }

/**
 * Reads the body of one chat completion: an event stream, or the whole answer as JSON from servers that do not stream.
 * Once the finish reason has come, nothing can make the answer a failure any more: not an error event, rubbish, nor the
 * loss of the connection. Before it, nothing makes it a success.
 */
export class AnswerReader {
  readonly #handler: AnswerHandler
  readonly #chunks = new ChunkReader()
  readonly #decoder = new EventDecoder((data, type) => this.#event(data, type))
  /** How the body is read; `undefined` until its beginning has told. */
  #as: 'events' | 'json' | undefined
  readonly #isNamedEvents: boolean
  #held: Buffer[] = []
  #heldBytes = 0
  #finish: Finish | undefined
  #timings: EngineTimings | undefined
  #failure: AnswerEnd | undefined
  #other: Other[] = []
  #hasText = false
  #over = false
  #ending = false

  /** @param contentType what the response says it is; servers forget and misspell it, so the body's beginning counts too */
  constructor(handler: AnswerHandler, contentType?: string | null) {
    this.#handler = handler
    this.#isNamedEvents = /^\s*text\/event-stream/i.test(contentType ?? '')
  }

  /** Whether nothing more is to be read: `[DONE]` has come, or a failure. */
  get over(): boolean {
    return this.#over
  }

  /** Whether `[DONE]` has come: only the end of the body is still due. */
  get done(): boolean {
    return this.#over && this.#failure === undefined
  }

  /** Whether the finish reason has come: the answer is whole, and only counts may follow. */
  get finished(): boolean {
    return this.#finish !== undefined
  }

  /** What vLLM measured of the request. */
  get timings(): EngineTimings | undefined {
    return this.#timings
  }

  /** @param bytes are not kept: they may be overwritten after the call */
  push(bytes: Buffer): void {
    if (this.#over) return
    if (this.#as === 'events') this.#decode(bytes)
    else {
      this.#held.push(Buffer.from(bytes))
      this.#heldBytes += bytes.length
      if (this.#as === 'json') {
        if (this.#heldBytes > mostBodyBytes) this.#fail({ how: 'too-large' })
      } else this.#tell(false)
    }
  }

  /** How the answer ended, the body having ended or been lost. */
  end(): AnswerEnd {
    this.#ending = true
    if (!this.#over && this.#as === undefined) this.#tell(true)
    if (!this.#over && this.#as === 'events') this.#decoder.end()
    if (!this.#over && this.#as === 'json') this.#readWhole()
    if (this.#failure !== undefined) return this.#failure
    const finish = this.#finish
    if (finish === undefined) return { how: 'broke-off' }
    if (finish.reason === 'failed') return { how: 'given-up', finish }
    if (!this.#hasText) return { how: 'empty', finish, came: describe(this.#other) }
    return { how: 'finished', finish: { ...finish, reason: finish.reason } }
  }

  #fail(failure: AnswerEnd): void {
    if (this.#finish !== undefined && this.#finish.reason !== 'failed') return
    this.#failure ??= failure
    this.#over = true
  }

  /** Finds out what the body is by its beginning. @param isAll there will not be more of it */
  #tell(isAll: boolean): void {
    const bytes = this.#held.length === 1 ? (this.#held[0] ?? Buffer.alloc(0)) : Buffer.concat(this.#held)
    const start = bytes.toString('utf8').replace(/^[\ufeff\s]+/, '')
    if (start === '') {
      // Blank lines say nothing, and keeping them would cost their square.
      this.#held = []
      this.#heldBytes = 0
      return
    }
    // Neither can begin an event stream, and this way an error is read that is sent under a stream's name.
    if (start.startsWith('{') || start.startsWith('[')) this.#as = 'json'
    else if (this.#isNamedEvents && !start.startsWith('<')) this.#as = 'events'
    else if (beginsLikeEvents.test(start)) this.#as = 'events'
    else if (isAll || start.length >= tellingBytes || start.startsWith('<'))
      this.#fail({ how: 'no-answer', title: start.startsWith('<') ? titleOf(start) : '' })
    if (this.#as !== 'events') return
    this.#held = []
    this.#decode(bytes)
  }

  #decode(bytes: Buffer): void {
    try {
      this.#decoder.push(bytes)
    } catch (error) {
      if (!(error instanceof RangeError)) throw error
      this.#over = true
      this.#fail({ how: 'too-large' })
    }
  }

  #readWhole(): void {
    const text = Buffer.concat(this.#held).toString('utf8')
    this.#held = []
    try {
      const chunk = parseChunk(text.replace(/^\ufeff/, ''))
      this.#take(chunk)
      // A JSON text that is closed is whole, whatever it forgot to say.
      if (this.#hasText || chunk.other !== null) this.#finish ??= whole
      else if (this.#finish === undefined) this.#fail({ how: 'no-answer', title: '' })
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error
      // Cut off: what it was going to say is not known.
      this.#fail({ how: 'broke-off' })
    }
  }

  #event(data: string, type: string): void {
    if (this.#over) return
    if (type === 'error') return this.#fail({ how: 'error', error: errorEvent(data) })
    if (data.charCodeAt(0) !== leftBrace) {
      const said = data.trim()
      if (said === '') return
      if (said === '[DONE]') {
        this.#over = true
        return
      }
    }
    let chunk: Chunk
    try {
      chunk = this.#chunks.read(data)
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error
      // What a broken connection left of a chunk is no chunk of the server's.
      if (!this.#ending) this.#fail({ how: 'no-json' })
      return
    }
    this.#take(chunk)
  }

  #take(chunk: Chunk): void {
    const { content, reasoning, usage, error } = chunk
    // First: whoever hears of the text may leave at once.
    if (usage !== null) this.#handler.usage(usage)
    if (chunk.timings !== null) this.#timings = chunk.timings
    if (content !== '' || reasoning !== '') {
      this.#hasText = true
      this.#handler.piece(content, reasoning)
    }
    if (chunk.other !== null && this.#other.length < 100) this.#other.push(...chunk.other)
    if (error !== null) this.#fail({ how: 'error', error })
    if (this.#finish === undefined && chunk.finish !== null) this.#finish = chunk.finish
  }
}

/** What an `event: error` says: JSON in any shape, a chunk's included, or words. */
function errorEvent(data: string): ServerError {
  try {
    return readError(JSON.parse(data))
  } catch {
    return readErrorBody(data)
  }
}

function describe(other: readonly Other[]): string {
  const names = new Map<string, Set<string>>()
  for (const { what, name } of other) {
    const known = names.get(what) ?? new Set()
    names.set(what, known)
    if (name !== '' && known.size < 10) known.add(name)
  }
  if (names.size === 0) return ''
  return `only ${[...names].map(([what, of]) => (of.size === 0 ? what : `${what}: ${[...of].join(', ')}`)).join('; ')}`
}
