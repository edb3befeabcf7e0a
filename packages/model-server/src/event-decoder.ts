/** An event larger than this is no chat chunk; the stream is broken or hostile. */
const mostBytes = 8 * 1024 * 1024

const lineFeed = 10
const carriageReturn = 13

/**
 * Cuts the bytes of a server-sent event stream into events, by the WHATWG's rules and however the network split them: lines
 * end in LF, CR or CRLF, one byte order mark is skipped, comments and unknown fields say nothing. `id` and `retry` are
 * for reconnecting, which nobody does with an answer, and are passed over.
 *
 * Two liberties, which lose no text: `end` hands out a last event that has no blank line after it, and the field
 * `error:` of llama.cpp until autumn 2025 is an event of the type `error`.
 * @see https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation
 */
export class EventDecoder {
  readonly #onEvent: (data: string, type: string) => void
  /** The beginning of a line whose end has not come; joined once, or a long line would cost its square. */
  #held: Buffer[] = []
  #heldBytes = 0
  #data: string | undefined
  #type = ''
  #begun = false
  /** A CR ended the last line: an LF that follows belongs to it. */
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
      this.#held.push(Buffer.from(bytes.subarray(end)))
      this.#heldBytes += bytes.length - end
    }
    if (this.#heldBytes + (this.#data?.length ?? 0) > mostBytes)
      throw new RangeError('a server-sent event is too large')
  }

  /** The stream is over: what it left unfinished is taken as finished. */
  end(): void {
    if (this.#heldBytes > 0) {
      const text = this.#decode(Buffer.alloc(0))
      this.#line(text, 0, text.length)
    }
    this.#dispatch()
  }

  /** An end of line is never part of a longer character, so that whole lines decode on their own. */
  #decode(bytes: Buffer): string {
    let text: string
    if (this.#heldBytes === 0) text = bytes.toString('utf8')
    else {
      this.#held.push(bytes)
      text = Buffer.concat(this.#held).toString('utf8')
      this.#held = []
      this.#heldBytes = 0
    }
    if (this.#begun) return text
    this.#begun = true
    return text.charCodeAt(0) === 0xfeff ? text.slice(1) : text
  }

  #lines(text: string): void {
    let at = this.#afterReturn && text.charCodeAt(0) === lineFeed ? 1 : 0
    this.#afterReturn = false
    let feed = text.indexOf('\n', at)
    let back = text.indexOf('\r', at)
    while (at < text.length) {
      const isBack = back >= 0 && (feed < 0 || back < feed)
      const end = isBack ? back : feed
      this.#line(text, at, end)
      at = end + 1
      if (isBack) {
        if (at === text.length) this.#afterReturn = true
        else if (at === feed) at++
        back = text.indexOf('\r', at)
      }
      if (feed >= 0 && feed < at) feed = text.indexOf('\n', at)
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

/** How many bytes at the front are whole lines. */
function endOfLines(bytes: Buffer): number {
  const last = bytes[bytes.length - 1]
  if (last === lineFeed || last === carriageReturn) return bytes.length
  return Math.max(bytes.lastIndexOf(lineFeed), bytes.lastIndexOf(carriageReturn)) + 1
}
