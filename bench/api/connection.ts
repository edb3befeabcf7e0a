import { HttpConnection } from '../../apps/loadgen/src/target/http/http-connection.ts'

/** Receives the body of a response. */
export interface ResponseSink {
  /** The bytes are overwritten after the call. */
  bytes: (bytes: Buffer) => void
  end: () => void
  fail: (reason: string) => void
}

/**
 * The load tester's connection, for one response at a time; every status but 200 is a failure. Node's own client would
 * cost several times as much CPU per token, and the client shares the machine with the process that it measures.
 */
export class Connection {
  readonly #http: HttpConnection
  readonly #headers: Record<string, string>

  /** @param headers sent with every request */
  constructor(url: URL, headers: Record<string, string> = {}) {
    this.#headers = headers
    this.#http = new HttpConnection(url, () => undefined)
  }

  /** Sends a request with a JSON body, or a GET of a stream without one. */
  request(path: string, body: string | undefined, { bytes, end, fail }: ResponseSink): void {
    const stop = this.#http.request(
      body === undefined
        ? { path, headers: { ...this.#headers, accept: 'text/event-stream' } }
        : { path, headers: { ...this.#headers, 'content-type': 'application/json' }, body },
      {
        head: (status) => {
          if (status === 200) return
          stop()
          fail(`HTTP ${status}`)
        },
        data: bytes,
        end,
        fail: ({ message }) => fail(message),
      },
    )
  }

  close(): void {
    this.#http.destroy()
  }
}
