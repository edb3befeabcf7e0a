import { once } from 'node:events'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'

/** Where a server can be reached. */
export interface Address {
  /** `http://host:port`, without a path. */
  readonly url: string
  readonly port: number
}

/** Starts to listen; port 0 takes any free one. Rejects with the system's error, which names the port. */
export async function listen(server: Server, port: number, host: string): Promise<Address> {
  server.listen(port, host)
  await once(server, 'listening')
  const { port: taken } = server.address() as AddressInfo
  const everywhere = host === '0.0.0.0' || host === '::'
  const reachable = everywhere ? '127.0.0.1' : host.includes(':') ? `[${host}]` : host
  return { url: `http://${reachable}:${taken}`, port: taken }
}

/** Cuts every connection and stops listening; nothing to do for one that does not. */
export function shut(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()))
  server.closeAllConnections()
  return closed
}
