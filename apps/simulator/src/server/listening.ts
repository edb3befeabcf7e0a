import { once } from 'node:events'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'

/** The address of a listening server. */
export interface Address {
  /** `http://host:port`, without a path. */
  readonly url: string
  readonly port: number
}

/** Starts to listen; port 0 takes any free port. Rejects with the system's error, which names the port. */
export async function listen(server: Server, port: number, host: string): Promise<Address> {
  server.listen(port, host)
  await once(server, 'listening')
  const { port: taken } = server.address() as AddressInfo
  const everywhere = host === '0.0.0.0' || host === '::'
  const reachable = everywhere ? '127.0.0.1' : host.includes(':') ? `[${host}]` : host
  return { url: `http://${reachable}:${taken}`, port: taken }
}

const POLL_MS = 20

/**
 * Waits up to `graceMs` for running requests to end, and still accepts new ones meanwhile; then closes every connection
 * and stops listening. It does nothing for a server that does not listen.
 */
export async function closeServer(server: Server, graceMs = 0): Promise<void> {
  const deadline = performance.now() + graceMs
  const connections = promisify(server.getConnections.bind(server))
  while (performance.now() < deadline) {
    server.closeIdleConnections()
    if ((await connections()) === 0) break
    await sleep(POLL_MS)
  }
  const closed = new Promise<void>((resolve) => server.close(() => resolve()))
  server.closeAllConnections()
  await closed
}
