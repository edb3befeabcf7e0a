import { once } from 'node:events'
import type { IncomingMessage, RequestListener, Server } from 'node:http'
import { createServer } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { AuthMode } from '@slicechat/contract'

export interface Listening extends AsyncDisposable {
  server: Server
  url: string
  port: number
  sockets: Set<Socket>
}

/** Starts a server, on a free port by default; disposing cuts all its connections. */
export async function listening(server: Server, wanted = 0): Promise<Listening> {
  const sockets = new Set<Socket>()
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.on('error', () => socket.destroy())
    socket.once('close', () => sockets.delete(socket))
  })
  server.listen(wanted, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    server,
    port,
    sockets,
    url: `http://127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close')
      server.close()
      for (const socket of sockets) socket.destroy()
      await closed
    },
  }
}

export interface FakeApi extends Listening {
  /** What the API says its `AUTH` is; `undefined`: it does not answer that. */
  mode: AuthMode | undefined
}

/** An API whose answers the test scripts, except how it is used (`access.mode`). The socket for that is not counted. */
export async function fakeApi(
  onRequest: RequestListener,
  onUpgrade?: (request: IncomingMessage, socket: Duplex, head: Buffer) => void,
  port = 0,
): Promise<FakeApi> {
  const asking = new Set<Socket>()
  const server = createServer((request, response) => {
    if (request.url !== '/trpc/access.mode') return onRequest(request, response)
    asking.add(request.socket)
    api.sockets.delete(request.socket)
    if (api.mode === undefined) response.writeHead(503).end()
    else response.end(JSON.stringify({ result: { data: { auth: api.mode } } }))
  })
  if (onUpgrade) server.on('upgrade', onUpgrade)
  const listener = await listening(server, port)
  const api: FakeApi = {
    ...listener,
    mode: 'off',
    async [Symbol.asyncDispose]() {
      for (const socket of asking) socket.destroy()
      await listener[Symbol.asyncDispose]()
    },
  }
  return api
}

/** Waits until a condition holds, and checks it every 2 ms. Throws after `timeoutMs`. */
export async function until(condition: () => boolean, timeoutMs = 5_000): Promise<void> {
  const deadline = performance.now() + timeoutMs
  while (!condition()) {
    if (performance.now() > deadline) throw new Error(`never: ${condition.toString()}`)
    await new Promise((resolve) => setTimeout(resolve, 2))
  }
}
