import { connect, createServer, type Server, type Socket } from 'node:net'

/** How the proxy treats upgrade requests. */
export type UpgradePolicy = 'pass' | 'refuse' | 'swallow'

/** A proxy on the way to the API that can block upgrades and cut connections. */
export class Proxy implements AsyncDisposable {
  readonly #server: Server
  readonly #sockets = new Set<Socket>()
  readonly #target: number
  upgrades: UpgradePolicy = 'pass'
  /** Whether the proxy refuses connections, as if the server were down. */
  down = false
  connections = 0
  /** Number of upgrade requests that got no response. */
  swallowed = 0

  constructor(target: number) {
    this.#target = target
    this.#server = createServer({ allowHalfOpen: true }, (socket) => this.#accept(socket))
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as { port: number }).port}`
  }

  async listen(): Promise<this> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve))
    return this
  }

  /** Resets every connection, as a change of network does. */
  cut(): void {
    for (const socket of this.#sockets) socket.resetAndDestroy()
  }

  #accept(socket: Socket): void {
    this.connections++
    socket.on('error', () => socket.destroy())
    if (this.down) return void socket.resetAndDestroy()
    this.#track(socket)
    socket.once('data', (head) => {
      const asks = /^upgrade: *websocket/im.test(head.toString('latin1'))
      if (asks && this.upgrades === 'refuse') {
        socket.end('HTTP/1.1 400 Bad Request\r\nconnection: close\r\ncontent-length: 0\r\n\r\n')
        return
      }
      if (asks && this.upgrades === 'swallow') {
        this.swallowed++
        return
      }
      const upstream = connect(this.#target, '127.0.0.1')
      this.#track(upstream)
      upstream.on('error', () => socket.destroy())
      upstream.once('close', () => socket.destroy())
      socket.once('close', () => upstream.destroy())
      upstream.write(head)
      socket.pipe(upstream)
      upstream.pipe(socket)
    })
  }

  #track(socket: Socket): void {
    this.#sockets.add(socket)
    socket.once('close', () => this.#sockets.delete(socket))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.cut()
    await new Promise((resolve) => this.#server.close(resolve))
  }
}
