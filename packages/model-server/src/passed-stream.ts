import { type Chunk, parseChunk, type TokenUsage } from './chunk.ts'
import { ChunkReader } from './chunk-reader.ts'
import { readErrorEvent, type ServerError } from './server-error.ts'

/** Is told what an event stream brings that passes through. It is called synchronously, as the bytes arrive. */
export interface PassedStreamHandler {
  /** Text, reasoning or a part of a tool call arrived. */
  piece: () => void
  /** The newest count is valid; the last call is the final one. */
  usage: (usage: TokenUsage) => void
}

/** How an event stream ended that passed through. */
export type PassedEnd =
  | { readonly kind: 'finished' }
  /** The server gave up with a finish reason such as `abort`. */
  | { readonly kind: 'given-up'; readonly word: string }
  | { readonly kind: 'error'; readonly error: ServerError }
  /** The body ended without `[DONE]`, before every answer had its finish reason. */
  | { readonly kind: 'broke-off' }
  | { readonly kind: 'too-large' }

export interface PassedStreamOptions {
  /** Whether to leave out the event that holds nothing but the usage, because the caller did not ask for it. */
  dropUsage: boolean
  /** Number of answers that the stream holds side by side. */
  answers: number
}

/** An event larger than this is no chunk; the stream is broken or hostile. */
const MAX_EVENT_BYTES = 8 * 1024 * 1024
const LINE_FEED = 10
const CARRIAGE_RETURN = 13
/** The longest beginning of a blank line: LF and CR. */
const MAX_SEAM_BYTES = 2
const LEFT_BRACE = 123

/**
 * Reads an event stream that passes through as it is. Its bytes come back in whole events, so that whoever passes them on
 * can add an event at any time. The text is read as Latin-1: it is never shown, positions in it are those of the bytes, and
 * JSON's own characters are the same.
 */
export class PassedStream {
  readonly #handler: PassedStreamHandler
  readonly #options: PassedStreamOptions
  readonly #chunks = new ChunkReader()
  /** The beginning of an event whose end has not come. */
  #partial: Buffer[] = []
  #partialBytes = 0
  #finishes = 0
  #givenUp: string | undefined
  #failure: PassedEnd | undefined
  #events = 0
  #done = false

  constructor(handler: PassedStreamHandler, options: PassedStreamOptions) {
    this.#handler = handler
    this.#options = options
  }

  /** Whether an event has come. Comments are none. */
  get begun(): boolean {
    return this.#events > 0
  }

  /** Whether `[DONE]` has come: only the end of the body is still due. */
  get done(): boolean {
    return this.#done
  }

  /** How the stream failed, if it did. */
  get failure(): PassedEnd | undefined {
    return this.#failure
  }

  /** @returns the bytes to pass on, if an event has become whole */
  push(bytes: Buffer): Buffer | undefined {
    if (bytes.length === 0 || this.#done || this.#failure?.kind === 'too-large') return undefined
    const end = this.#endOfEvents(bytes)
    if (end === bytes.length && this.#partialBytes === 0) return this.#read(bytes)
    let whole: Buffer | undefined
    if (end > 0) {
      whole = Buffer.concat([...this.#partial, bytes.subarray(0, end)])
      this.#partial = []
      this.#partialBytes = 0
    }
    if (end < bytes.length) {
      this.#partial.push(bytes.subarray(end))
      this.#partialBytes += bytes.length - end
      if (this.#partialBytes > MAX_EVENT_BYTES) this.#failure ??= { kind: 'too-large' }
    }
    return whole === undefined ? undefined : this.#read(whole)
  }

  /**
   * Ends the reading, because the body has ended or was lost. Half an event is never passed on; a whole one that only lacks
   * its blank line is.
   */
  end(): { rest: Buffer | undefined; end: PassedEnd } {
    let rest: Buffer | undefined
    if (this.#partialBytes > 0 && this.#failure === undefined) {
      const text = Buffer.concat(this.#partial).toString('latin1').trimEnd()
      this.#partial = []
      this.#partialBytes = 0
      if (isWhole(text)) rest = this.#read(Buffer.from(`${text}\n\n`, 'latin1'))
    }
    if (this.#failure !== undefined) return { rest, end: this.#failure }
    if (!this.#done && this.#finishes < this.#options.answers) return { rest, end: { kind: 'broke-off' } }
    return {
      rest,
      end: this.#givenUp === undefined ? { kind: 'finished' } : { kind: 'given-up', word: this.#givenUp },
    }
  }

  /** Number of bytes at the front of `bytes` that end, or are, whole events. */
  #endOfEvents(bytes: Buffer): number {
    const end = endOfLastBlankLine(bytes)
    if (end > 0 || this.#partialBytes === 0) return end
    // The blank line may have begun in the bytes before.
    const before = Buffer.concat(this.#partial.slice(-MAX_SEAM_BYTES)).subarray(-MAX_SEAM_BYTES)
    const seam = Buffer.concat([before, bytes.subarray(0, MAX_SEAM_BYTES)])
    return Math.max(0, endOfLastBlankLine(seam) - before.length)
  }

  /** Reads whole events. @returns those to pass on */
  #read(bytes: Buffer): Buffer | undefined {
    const text = bytes.toString('latin1')
    const hasReturns = text.includes('\r')
    const dropped: [start: number, end: number][] = []
    let at = 0
    while (at < text.length && !this.#done) {
      const lineFeeds = text.indexOf('\n\n', at)
      let end = lineFeeds < 0 ? text.length : lineFeeds + 2
      if (hasReturns) {
        const returns = text.indexOf('\n\r\n', at)
        if (returns >= 0 && returns + 3 < end) end = returns + 3
      }
      if (this.#event(text, at, end)) dropped.push([at, end])
      at = end
    }
    const kept = at === bytes.length ? bytes : bytes.subarray(0, at)
    return dropped.length === 0 ? kept : without(kept, dropped)
  }

  /** Reads one event. @returns whether to leave it out */
  #event(text: string, start: number, end: number): boolean {
    const firstEnd = text.indexOf('\n', start)
    // An event is usually one line.
    if (firstEnd === end - 2 && text.startsWith('data:', start))
      return this.#data(text.slice(text.charCodeAt(start + 5) === 32 ? start + 6 : start + 5, firstEnd), '')
    const { data, type } = fieldsOf(text.slice(start, end))
    return data !== undefined && this.#data(data, type)
  }

  #data(data: string, type: string): boolean {
    this.#events++
    if (data.charCodeAt(0) !== LEFT_BRACE && data.trim() === '[DONE]') {
      this.#done = true
      return false
    }
    let chunk: Chunk
    try {
      if (type === 'error') return this.#fail(data, false)
      chunk = this.#chunks.read(data)
    } catch (error) {
      // What is no JSON is for the caller to judge.
      if (error instanceof SyntaxError) return false
      throw error
    }
    if (chunk.error !== null) return this.#fail(data, true)
    const isPiece = chunk.content !== '' || chunk.reasoning !== '' || chunk.other !== null
    if (chunk.usage !== null) this.#handler.usage(chunk.usage)
    if (isPiece) this.#handler.piece()
    if (chunk.finish !== null) {
      this.#finishes++
      if (chunk.finish.reason === 'failed') this.#givenUp = chunk.finish.word
    }
    return chunk.usage !== null && this.#options.dropUsage && !isPiece && isOnlyUsage(data)
  }

  #fail(data: string, isChunk: boolean): false {
    const text = Buffer.from(data, 'latin1').toString('utf8')
    const error = (isChunk ? parseChunk(text).error : null) ?? readErrorEvent(text)
    this.#failure ??= { kind: 'error', error }
    return false
  }
}

/** Tokens of a whole answer that passes through, and its error if it is one. @throws {SyntaxError} if `text` is not JSON */
export function readWholeAnswer(text: string): Pick<Chunk, 'usage' | 'error'> {
  const { usage, error } = parseChunk(text)
  return { usage, error }
}

/** End of the last blank line; 0 if there is none. */
function endOfLastBlankLine(bytes: Buffer): number {
  const { length } = bytes
  if (bytes[length - 1] === LINE_FEED) {
    if (bytes[length - 2] === LINE_FEED) return length
    if (bytes[length - 2] === CARRIAGE_RETURN && bytes[length - 3] === LINE_FEED) return length
  }
  const lineFeeds = bytes.lastIndexOf('\n\n')
  const returns = bytes.lastIndexOf('\n\r\n')
  return Math.max(lineFeeds < 0 ? 0 : lineFeeds + 2, returns < 0 ? 0 : returns + 3)
}

/** The fields of one event by the WHATWG's rules, as far as they are used. */
function fieldsOf(event: string): { data: string | undefined; type: string } {
  let data: string | undefined
  let type = ''
  for (const line of event.split(/\r\n|\n|\r/)) {
    const [, name = '', value = ''] = /^(data|event|error)(?::| :) ?(.*)$/s.exec(line) ?? []
    if (name === 'event') type = value
    // llama.cpp's, until autumn 2025.
    if (name === 'error') type = name
    if (name === 'data' || name === 'error') data = data === undefined ? value : `${data}\n${value}`
  }
  return { data, type }
}

/** Whether the text at the end of a body is an event that only lacks its blank line. */
function isWhole(text: string): boolean {
  const { data = '' } = fieldsOf(text)
  if (data.trim() === '[DONE]') return true
  try {
    JSON.parse(data)
    return true
  } catch {
    return false
  }
}

/** Whether a chunk has no answer in it. */
function isOnlyUsage(data: string): boolean {
  const { choices } = JSON.parse(data) as { choices?: unknown }
  return choices === undefined || choices === null || (Array.isArray(choices) && choices.length === 0)
}

/** The bytes without some parts; `undefined` if nothing is left. */
function without(bytes: Buffer, parts: readonly [start: number, end: number][]): Buffer | undefined {
  const kept: Buffer[] = []
  let at = 0
  for (const [start, end] of parts) {
    if (start > at) kept.push(bytes.subarray(at, start))
    at = end
  }
  if (at < bytes.length) kept.push(bytes.subarray(at))
  return kept.length === 0 ? undefined : Buffer.concat(kept)
}
