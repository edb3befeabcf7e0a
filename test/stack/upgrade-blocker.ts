import { createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A proxy as companies have them: forwards HTTP, streams included, and refuses every upgrade. */
export async function blockUpgrades(
  target: string,
): Promise<{ url: string; refused: () => number } & AsyncDisposable> {
  let refused = 0
  const server = createServer((incoming, outgoing) => {
    const forwarded = request(new URL(incoming.url ?? '/', target), {
      method: incoming.method ?? 'GET',
      headers: { ...incoming.headers, 'x-forwarded-host': incoming.headers.host },
    })
    forwarded.on('response', (response) => {
      outgoing.writeHead(response.statusCode ?? 502, response.headers)
      response.pipe(outgoing)
    })
    forwarded.on('error', () => outgoing.destroy())
    outgoing.on('close', () => forwarded.destroy())
    incoming.pipe(forwarded)
  })
  server.on('upgrade', (_request, socket) => {
    refused++
    socket.end('HTTP/1.1 403 Forbidden\r\nConnection: close\r\nContent-Length: 0\r\n\r\n')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    refused: () => refused,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
