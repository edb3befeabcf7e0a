import { once } from 'node:events'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'

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

const LOOK_EVERY_MS = 20

/**
 * Lets requests in progress end for up to `graceMs`, and new ones in while there are any; then cuts every connection
 * and stops listening. Nothing to do for a server that does not listen.
 */
export async function shut(server: Server, graceMs = 0): Promise<void> {
  const deadline = performance.now() + graceMs
  const connections = promisify(server.getConnections.bind(server))
  while (performance.now() < deadline) {
    server.closeIdleConnections()
    if ((await connections()) === 0) break
    await sleep(LOOK_EVERY_MS)
  }
  const closed = new Promise<void>((resolve) => server.close(() => resolve()))
  server.closeAllConnections()
  await closed
}
