import { connect, type Socket } from 'node:net'

/** Ends every chunk that carries one token; the role and usage chunks do not have it. */
const TOKEN_MARK = Buffer.from('"token_ids":null}]')

/**
 * A lean client: one raw socket a stream, tokens counted by a byte pattern, nothing parsed. It must cost less than
 * the server it measures.
 */
export class StreamLoad {
  tokens = 0
  readonly #sockets: Socket[] = []

  /** Opens `streams` endless streams, spread over `spreadMs`. */
  async open(url: URL, options: { streams: number; spreadMs: number; model: string }): Promise<void> {
    const body = JSON.stringify({
      model: options.model,
      messages: [{ role: 'user', content: 'Write without end.' }],
      max_tokens: 32_000,
      ignore_eos: true,
      stream: true,
    })
    const head = [
      'POST /v1/chat/completions HTTP/1.1',
      `host: ${url.host}`,
      'content-type: application/json',
      `content-length: ${Buffer.byteLength(body)}`,
    ]
    const request = `${head.join('\r\n')}\r\n\r\n${body}`
    for (let opened = 0; opened < options.streams; opened++) {
      this.#openOne(Number(url.port), url.hostname, request)
      await new Promise((resolve) => setTimeout(resolve, options.spreadMs / options.streams))
    }
  }

  close(): void {
    for (const socket of this.#sockets) socket.destroy()
  }

  #openOne(port: number, host: string, request: string): void {
    const socket = connect({ port, host, noDelay: true })
    this.#sockets.push(socket)
    socket.on('error', () => undefined)
    socket.on('data', (bytes: Buffer) => {
      // A mark cut by the edge of a read is missed: the server's own count is what is reported.
      for (
        let at = bytes.indexOf(TOKEN_MARK);
        at !== -1;
        at = bytes.indexOf(TOKEN_MARK, at + TOKEN_MARK.length)
      )
        this.tokens++
    })
    socket.write(request)
  }
}
