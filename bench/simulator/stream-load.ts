import { connect, type Socket } from 'node:net'

/** Ends every chunk that carries one token; the role and usage chunks do not contain it. */
const TOKEN_MARK = Buffer.from('"token_ids":null}]')
const END_MARK = Buffer.from('data: [DONE]')

interface LoadOptions {
  readonly streams: number
  /** Time over which the streams are opened. */
  readonly spreadMs: number
  readonly model: string
  /** Tokens per answer. After each answer the stream asks for the next one, with a different prompt. */
  readonly answerTokens: number
}

/**
 * A lean client: one raw socket per stream, and tokens are counted by a byte pattern without parsing. It has to cost
 * less than the server that it measures.
 */
export class StreamLoad {
  tokens = 0
  answers = 0
  readonly #sockets: Socket[] = []

  async open(url: URL, options: LoadOptions): Promise<void> {
    for (let opened = 0; opened < options.streams; opened++) {
      this.#openOne(url, options)
      await new Promise((resolve) => setTimeout(resolve, options.spreadMs / options.streams))
    }
  }

  close(): void {
    for (const socket of this.#sockets) socket.destroy()
  }

  #openOne(url: URL, { model, answerTokens }: LoadOptions): void {
    const socket = connect({ port: Number(url.port), host: url.hostname, noDelay: true })
    this.#sockets.push(socket)
    const ask = () => {
      const prompt = `Write without end, number ${this.#asked++}.`
      const messages = [{ role: 'user', content: prompt }]
      const body = JSON.stringify({
        model,
        messages,
        max_tokens: answerTokens,
        ignore_eos: true,
        stream: true,
      })
      const head = [
        'POST /v1/chat/completions HTTP/1.1',
        `host: ${url.host}`,
        'content-type: application/json',
        `content-length: ${Buffer.byteLength(body)}`,
      ]
      socket.write(`${head.join('\r\n')}\r\n\r\n${body}`)
    }
    socket.on('error', () => undefined)
    socket.on('data', (bytes: Buffer) => {
      // A mark that is cut by the edge of a read is missed. The report uses the server's own count.
      for (
        let at = bytes.indexOf(TOKEN_MARK);
        at !== -1;
        at = bytes.indexOf(TOKEN_MARK, at + TOKEN_MARK.length)
      )
        this.tokens++
      // The server writes it in one piece with the chunk before, so it is not cut in practice. A stream that
      // missed it would stand still, and show in the tokens per second.
      if (bytes.includes(END_MARK)) {
        this.answers++
        ask()
      }
    })
    ask()
  }

  #asked = 0
}
