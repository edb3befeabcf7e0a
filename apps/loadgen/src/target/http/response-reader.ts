/** Receives the parts of a response as they arrive. */
export interface ResponseHandler {
  /** @param headers by their names in lower case */
  head(status: number, headers: ReadonlyMap<string, string>): void
  /** A part of the body. Its bytes are overwritten after the call, so copy them to keep them. */
  data(bytes: Buffer): void
  end(): void
  /** Called instead of `end`, even after parts of the response. */
  fail(error: Error): void
}

/** Whether the connection can be used again after a response. */
export interface Framing {
  /** The server keeps the connection open; `keepAliveMs` is for how long, if the server announced it. */
  readonly keepAlive: boolean
  readonly keepAliveMs: number | undefined
}

/** No HTTP server sends a longer head. */
const MAX_HEAD_BYTES = 64 * 1024
const MAX_LINE_BYTES = 4 * 1024

type State = 'head' | 'length' | 'until-close' | 'chunk-size' | 'chunk' | 'chunk-end' | 'trailers' | 'done'

const LINE_FEED = 10

/** The bytes received are no HTTP/1.1 response. */
export class BadResponse extends Error {
  readonly code = 'BAD_RESPONSE'
}

/** Reads one HTTP/1.1 response from pieces of any size. */
export class ResponseReader implements Framing {
  keepAlive = false
  keepAliveMs: number | undefined
  readonly #handler: Pick<ResponseHandler, 'head' | 'data'>
  #state: State = 'head'
  /** Bytes left of the body or of the chunk. */
  #left = 0
  /** An unfinished head or line. */
  #rest: Buffer | undefined
  #stopped = false

  constructor(handler: Pick<ResponseHandler, 'head' | 'data'>) {
    this.#handler = handler
  }

  get done(): boolean {
    return this.#state === 'done'
  }

  /** Whether the end of the connection is the end of the response. */
  get endsWithConnection(): boolean {
    return this.#state === 'until-close'
  }

  /** Stops calling the handler, even for the rest of the piece that is being read. */
  stop(): void {
    this.#stopped = true
  }

  /** @throws BadResponse */
  push(piece: Buffer): void {
    let bytes = piece
    if (this.#rest !== undefined) {
      bytes = Buffer.concat([this.#rest, piece])
      this.#rest = undefined
    }
    for (let from = 0; from < bytes.length && !this.#stopped;) {
      const next = this.#step(bytes, from)
      if (next < 0) {
        this.#keep(bytes, from)
        return
      }
      from = next
    }
  }

  /** Reads the element that begins at `from`. @returns where the next begins, or -1 if more bytes are needed */
  #step(bytes: Buffer, from: number): number {
    switch (this.#state) {
      case 'head':
        return this.#head(bytes, from)
      case 'chunk-size':
        return this.#chunkSize(bytes, from)
      case 'chunk-end':
        return this.#emptyLine(bytes, from, 'chunk-size')
      case 'trailers':
        return this.#trailer(bytes, from)
      case 'done':
        throw new BadResponse('The server sent more than its answer.')
      default:
        return this.#body(bytes, from)
    }
  }

  #keep(bytes: Buffer, from: number): void {
    const limit = this.#state === 'head' ? MAX_HEAD_BYTES : MAX_LINE_BYTES
    if (bytes.length - from > limit) throw new BadResponse(`The ${this.#state} of the response has no end.`)
    this.#rest = Buffer.from(bytes.subarray(from))
  }

  #head(bytes: Buffer, from: number): number {
    const end = bytes.indexOf('\r\n\r\n', from)
    if (end < 0) return -1
    const [start = '', ...lines] = bytes.toString('latin1', from, end).split('\r\n')
    const [, minor, digits] = /^HTTP\/1\.([01]) (\d{3})(?: |$)/.exec(start) ?? []
    if (digits === undefined) throw new BadResponse(`"${start.slice(0, 80)}" begins no HTTP/1.1 response.`)
    const status = Number(digits)
    // An interim response, such as 100 (Continue); the response itself follows.
    if (status >= 100 && status < 200) return end + 4
    const headers = headersOf(lines)
    const connection = headers.get('connection')?.toLowerCase() ?? ''
    this.keepAlive = minor === '1' ? !connection.includes('close') : connection.includes('keep-alive')
    const seconds = /timeout=(\d+)/i.exec(headers.get('keep-alive') ?? '')?.[1]
    this.keepAliveMs = seconds === undefined ? undefined : Number(seconds) * 1000
    this.#frame(status, headers)
    this.#handler.head(status, headers)
    return end + 4
  }

  #frame(status: number, headers: ReadonlyMap<string, string>): void {
    const length = headers.get('content-length')
    if (status === 204 || status === 304) this.#state = 'done'
    else if (headers.get('transfer-encoding')?.toLowerCase().endsWith('chunked') === true)
      this.#state = 'chunk-size'
    else if (length === undefined) {
      this.keepAlive = false
      this.#state = 'until-close'
    } else {
      if (!/^\d{1,15}$/.test(length)) throw new BadResponse(`"${length}" is no Content-Length.`)
      this.#left = Number(length)
      this.#state = this.#left === 0 ? 'done' : 'length'
    }
  }

  #body(bytes: Buffer, from: number): number {
    if (this.#state === 'until-close') {
      this.#handler.data(from === 0 ? bytes : bytes.subarray(from))
      return bytes.length
    }
    const until = Math.min(bytes.length, from + this.#left)
    this.#left -= until - from
    if (this.#left === 0) this.#state = this.#state === 'length' ? 'done' : 'chunk-end'
    this.#handler.data(bytes.subarray(from, until))
    return until
  }

  #chunkSize(bytes: Buffer, from: number): number {
    const end = bytes.indexOf(LINE_FEED, from)
    if (end < 0) return -1
    const line = bytes.toString('latin1', from, end)
    const [, digits] = /^([0-9a-f]{1,12})[ \t]*(?:;.*)?\r$/i.exec(line) ?? []
    if (digits === undefined) throw new BadResponse(`"${line.slice(0, 80)}" is no chunk size.`)
    this.#left = Number.parseInt(digits, 16)
    this.#state = this.#left === 0 ? 'trailers' : 'chunk'
    return end + 1
  }

  #emptyLine(bytes: Buffer, from: number, state: State): number {
    if (bytes.length - from < 2) return -1
    if (bytes[from] !== 13 || bytes[from + 1] !== LINE_FEED)
      throw new BadResponse('A chunk is longer than its size says.')
    this.#state = state
    return from + 2
  }

  #trailer(bytes: Buffer, from: number): number {
    const end = bytes.indexOf(LINE_FEED, from)
    if (end < 0) return -1
    if (end - from <= 1) this.#state = 'done'
    return end + 1
  }
}

function headersOf(lines: readonly string[]): Map<string, string> {
  const headers = new Map<string, string>()
  for (const line of lines) {
    const colon = line.indexOf(':')
    if (colon <= 0) continue
    const name = line.slice(0, colon).toLowerCase()
    const value = line.slice(colon + 1).trim()
    const earlier = headers.get(name)
    headers.set(name, earlier === undefined ? value : `${earlier}, ${value}`)
  }
  return headers
}
