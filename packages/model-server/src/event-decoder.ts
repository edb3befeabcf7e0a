import { StringDecoder } from 'node:string_decoder'

/** An event larger than this is no chat chunk; the stream is broken or hostile. */
const maxEventChars = 8 * 1024 * 1024

/**
 * Cuts the bytes of a server-sent event stream, with lines that end in LF or CRLF, into the `data` of its events, whichever way the
 * network split them (within a line, a character or a line ending). Comments and fields other than
 * `data` are skipped, as the specification says.
 * @see https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation
 */
export class EventDecoder {
  readonly #text = new StringDecoder('utf8')
  readonly #onData: (data: string) => void
  #rest = ''
  #data: string | null = null

  constructor(onData: (data: string) => void) {
    this.#onData = onData
  }

  /** @throws {RangeError} when one event grows beyond 8 Mi characters. */
  push(bytes: Buffer): void {
    const piece = this.#text.write(bytes)
    if (piece.includes('\n')) this.#lines(this.#rest + piece)
    // Searching what is already known to hold no line would make a long line cost its square.
    else this.#rest += piece
    if (this.#rest.length + (this.#data?.length ?? 0) > maxEventChars)
      throw new RangeError('a server-sent event is too large')
  }

  #lines(text: string): void {
    let start = 0
    for (;;) {
      const end = text.indexOf('\n', start)
      if (end < 0) break
      this.#line(text, start, text.charCodeAt(end - 1) === 13 && end > start ? end - 1 : end)
      start = end + 1
    }
    this.#rest = text.slice(start)
  }

  #line(text: string, start: number, end: number): void {
    if (start === end) {
      if (this.#data === null) return
      const data = this.#data
      this.#data = null
      this.#onData(data)
    } else if (text.startsWith('data:', start)) {
      const from = text.charCodeAt(start + 5) === 32 ? start + 6 : start + 5
      const value = text.slice(from, end)
      this.#data = this.#data === null ? value : `${this.#data}\n${value}`
    }
  }
}
