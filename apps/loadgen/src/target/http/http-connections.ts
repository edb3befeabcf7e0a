import { HttpConnection, type HttpRequest } from './http-connection.ts'
import type { ResponseHandler } from './response-reader.ts'

/** Connections to one server, as many as there are concurrent requests; the one used last is reused first. */
export class HttpConnections {
  readonly #origin: URL
  readonly #all = new Set<HttpConnection>()
  readonly #idle: HttpConnection[] = []

  constructor(origin: URL) {
    this.#origin = origin
  }

  /** @returns a function that ends the request and its connection; the handler is not called again */
  request(request: HttpRequest, handler: ResponseHandler): () => void {
    return (this.#idle.pop() ?? this.#open()).request(request, handler)
  }

  destroy(): void {
    for (const connection of this.#all) connection.destroy()
  }

  #open(): HttpConnection {
    const connection = new HttpConnection(this.#origin, (idle) => this.#idle.push(idle))
    this.#all.add(connection)
    return connection
  }
}
