// registry-proxy.ts SOCKET HOST PORT: passes connections from the cluster's network on to a socket file outside of it.
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { connect, createServer as createTcpServer, type Socket } from 'node:net'

/** The only host to which the proxy connects a build, as proxies of companies restrict their builds. */
const REGISTRY = 'registry.npmjs.org:443'

/** Joins two connections; each ends with the other. */
function join(one: Socket, other: Socket): void {
  one.pipe(other).pipe(one)
  for (const [from, to] of [
    [one, other],
    [other, one],
  ] as const)
    from.on('error', () => to.destroy()).on('close', () => to.destroy())
}

/** An HTTP proxy at a socket file, in this machine's network, that leads to the npm registry alone. */
export async function startRegistryProxy(socket: string): Promise<Server> {
  const server = createServer((_request, response) => response.writeHead(405).end())
  server.on('connect', (request, client: Socket) => {
    if (request.url !== REGISTRY) {
      client.end('HTTP/1.1 403 Forbidden\r\n\r\n')
      return
    }
    const [host, port] = REGISTRY.split(':')
    const upstream = connect(Number(port), host, () => {
      client.write('HTTP/1.1 200 Connection established\r\n\r\n')
      join(client, upstream)
    })
    upstream.once('error', () => client.destroy())
  })
  await once(server.listen(socket), 'listening')
  return server
}

if (import.meta.main) {
  const [socket = '', host, port] = process.argv.slice(2)
  createTcpServer((client) => join(client, connect(socket))).listen(Number(port), host)
}
