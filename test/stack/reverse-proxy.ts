import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'

/** A proxy in front of a server. */
export interface ReverseProxy extends AsyncDisposable {
  readonly url: string
  /** Cuts every connection, and accepts no more. */
  close(): Promise<void>
}

/**
 * A reverse proxy that forwards HTTP, streams included.
 * @param guard sees each request before it is forwarded and may change its headers; returns `false` if it has answered
 * @param upgrade gets the socket of each upgrade request; without it, upgrades are forwarded as plain requests
 */
export async function startReverseProxy(
  target: string,
  guard: (request: IncomingMessage, response: ServerResponse) => boolean | Promise<boolean>,
  upgrade?: (socket: Duplex) => void,
): Promise<ReverseProxy> {
  const server = createServer((incoming, outgoing) => {
    void (async () => {
      if (!(await guard(incoming, outgoing))) return
      const { method = 'GET', headers } = incoming
      const forwarded = request(new URL(incoming.url ?? '/', target), { method, headers })
      forwarded.on('response', (response) => {
        outgoing.writeHead(response.statusCode ?? 502, response.headers)
        response.pipe(outgoing)
      })
      forwarded.on('error', () => outgoing.destroy())
      outgoing.on('close', () => forwarded.destroy())
      incoming.pipe(forwarded)
    })()
  })
  if (upgrade) server.on('upgrade', (_request, socket) => upgrade(socket))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const close = async (): Promise<void> => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close,
    [Symbol.asyncDispose]: close,
  }
}
