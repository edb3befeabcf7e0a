/** An event larger than this is no chat chunk; the stream is broken or hostile. */
const MAX_EVENT_BYTES = 8 * 1024 * 1024

const LINE_FEED = 10
const CARRIAGE_RETURN = 13

/**
 * Decodes the bytes of a server-sent event stream by the WHATWG's rules, however the network split them. Lines end in LF,
 * CR or CRLF, one byte order mark is skipped, and comments and unknown fields are ignored. So are `id` and `retry`, which
 * are for reconnecting.
 *
 * It deviates in two points, so that no text is lost: `end` also emits a last event that has no blank line after it, and
 * the field `error:` of llama.cpp until autumn 2025 is an event of the type `error`.
 * @see https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation
 */
export class EventDecoder {
  readonly #onEvent: (data: string, type: string) => void
  /** The beginning of a line whose end has not come. It is joined only once, because a long line has many parts. */
  #partialLine: Buffer[] = []
  #partialLineBytes = 0
  #data: string | undefined
  #type = ''
  #started = false
  /** Whether a CR ended the last line; an LF that follows belongs to it. */
  #afterReturn = false

  constructor(onEvent: (data: string, type: string) => void) {
    this.#onEvent = onEvent
  }

  /**
   * @param bytes are not kept: they may be overwritten after the call
   * @throws {RangeError} when one event grows beyond 8 MiB
   */
  push(bytes: Buffer): void {
    const end = endOfLines(bytes)
    if (end > 0) this.#lines(this.#decode(end === bytes.length ? bytes : bytes.subarray(0, end)))
    if (end < bytes.length) {
      this.#partialLine.push(Buffer.from(bytes.subarray(end)))
      this.#partialLineBytes += bytes.length - end
    }
    if (this.#partialLineBytes + (this.#data?.length ?? 0) > MAX_EVENT_BYTES)
      throw new RangeError('a server-sent event is too large')
  }

  /** Ends the stream. An unfinished line or event counts as finished. */
  end(): void {
    if (this.#partialLineBytes > 0) {
      const text = this.#decode(Buffer.alloc(0))
      this.#line(text, 0, text.length)
    }
    this.#dispatch()
  }

  /** Decodes whole lines. The end of a line is never part of a longer character, so no character is cut. */
  #decode(bytes: Buffer): string {
    let text: string
    if (this.#partialLineBytes === 0) text = bytes.toString('utf8')
    else {
      this.#partialLine.push(bytes)
      text = Buffer.concat(this.#partialLine).toString('utf8')
      this.#partialLine = []
      this.#partialLineBytes = 0
    }
    if (this.#started) return text
    this.#started = true
    return text.charCodeAt(0) === 0xfeff ? text.slice(1) : text
  }

  #lines(text: string): void {
    let at = this.#afterReturn && text.charCodeAt(0) === LINE_FEED ? 1 : 0
    this.#afterReturn = false
    let lf = text.indexOf('\n', at)
    let cr = text.indexOf('\r', at)
    while (at < text.length) {
      const isCr = cr >= 0 && (lf < 0 || cr < lf)
      const end = isCr ? cr : lf
      this.#line(text, at, end)
      at = end + 1
      if (isCr) {
        if (at === text.length) this.#afterReturn = true
        else if (at === lf) at++
        cr = text.indexOf('\r', at)
      }
      if (lf >= 0 && lf < at) lf = text.indexOf('\n', at)
    }
  }

  #line(text: string, start: number, end: number): void {
    if (start === end) this.#dispatch()
    else if (text.startsWith('data:', start)) this.#append(text.slice(valueStart(text, start + 5), end))
    else this.#field(text.slice(start, end))
  }

  #field(line: string): void {
    const colon = line.indexOf(':')
    const name = colon < 0 ? line : line.slice(0, colon)
    const value = colon < 0 ? '' : line.slice(valueStart(line, colon + 1))
    if (name === 'data') this.#append(value)
    else if (name === 'event') this.#type = value
    else if (name === 'error') {
      this.#type = name
      this.#append(value)
    }
  }

  #append(value: string): void {
    this.#data = this.#data === undefined ? value : `${this.#data}\n${value}`
  }

  #dispatch(): void {
    const data = this.#data
    const type = this.#type
    this.#data = undefined
    this.#type = ''
    if (data !== undefined) this.#onEvent(data, type)
  }
}

/** One space after the colon belongs to neither name nor value. */
const valueStart = (text: string, at: number): number => (text.charCodeAt(at) === 32 ? at + 1 : at)

/** Number of bytes at the front that are whole lines. */
function endOfLines(bytes: Buffer): number {
  const last = bytes[bytes.length - 1]
  if (last === LINE_FEED || last === CARRIAGE_RETURN) return bytes.length
  return Math.max(bytes.lastIndexOf(LINE_FEED), bytes.lastIndexOf(CARRIAGE_RETURN)) + 1
}
