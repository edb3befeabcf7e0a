import { connect, type Socket } from 'node:net'

/** Receives the body of a response. */
export interface ResponseSink {
  bytes: (bytes: Buffer) => void
  end: () => void
  fail: (reason: string) => void
}

/**
 * A keep-alive HTTP/1.1 connection that reads one response at a time. It understands only what the servers of this
 * bench send. Node's own client would cost several times as much CPU per token, and the client shares the machine with
 * the process that it measures.
 */
export class HttpConnection {
  readonly #socket: Socket
  readonly #host: string
  #sink: ResponseSink | undefined
  #rest: Buffer = Buffer.alloc(0)
  #state: 'head' | 'length' | 'size' | 'chunk' | 'gap' | 'last' = 'head'
  /** Bytes left of the body or of the current chunk. */
  #left = 0

  constructor(url: URL) {
    this.#host = url.host
    this.#socket = connect({ host: url.hostname, port: Number(url.port), noDelay: true })
    this.#socket.on('data', (bytes: Buffer) => this.#read(bytes))
    this.#socket.on('error', (error) => this.#fail(error.message))
    this.#socket.on('close', () => this.#fail('the connection was closed'))
  }

  /** Sends a request with a JSON body, or a GET without one. */
  request(path: string, body: string | undefined, sink: ResponseSink): void {
    this.#sink = sink
    this.#state = 'head'
    const start = `${body === undefined ? 'GET' : 'POST'} ${path} HTTP/1.1\r\nhost: ${this.#host}\r\n`
    const rest =
      body === undefined
        ? 'accept: text/event-stream\r\n\r\n'
        : `content-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`
    this.#socket.write(start + rest)
  }

  close(): void {
    this.#sink = undefined
    this.#socket.destroy()
  }

  #fail(reason: string): void {
    const sink = this.#sink
    this.#sink = undefined
    sink?.fail(reason)
  }

  #read(bytes: Buffer): void {
    let rest = this.#rest.length === 0 ? bytes : Buffer.concat([this.#rest, bytes])
    while (rest.length > 0 && this.#sink !== undefined) {
      const used = this.#step(rest, this.#sink)
      if (used === 0) break
      rest = rest.subarray(used)
    }
    this.#rest = this.#sink === undefined ? Buffer.alloc(0) : rest
  }

  /** Reads one part of the response. @returns the number of bytes read, 0 if the part is not complete */
  #step(bytes: Buffer, sink: ResponseSink): number {
    switch (this.#state) {
      case 'head':
        return this.#head(bytes)
      case 'size': {
        const end = bytes.indexOf('\r\n')
        if (end < 0) return 0
        this.#left = Number.parseInt(bytes.toString('latin1', 0, end), 16)
        this.#state = this.#left === 0 ? 'last' : 'chunk'
        return end + 2
      }
      case 'gap':
      case 'last':
        if (bytes.length < 2) return 0
        if (this.#state === 'last') this.#end()
        else this.#state = 'size'
        return 2
      default: {
        const part = bytes.length > this.#left ? bytes.subarray(0, this.#left) : bytes
        this.#left -= part.length
        sink.bytes(part)
        if (this.#left === 0) {
          if (this.#state === 'length') this.#end()
          else this.#state = 'gap'
        }
        return part.length
      }
    }
  }

  #head(bytes: Buffer): number {
    const end = bytes.indexOf('\r\n\r\n')
    if (end < 0) return 0
    const head = bytes.toString('latin1', 0, end)
    if (head.slice(9, 12) !== '200') {
      this.#fail(`HTTP ${head.slice(9, 12)}`)
      return bytes.length
    }
    const length = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1]
    this.#left = Number(length ?? 0)
    this.#state = length === undefined ? 'size' : 'length'
    return end + 4
  }

  #end(): void {
    const sink = this.#sink
    this.#sink = undefined
    sink?.end()
  }
}
