import type { Server } from 'node:http'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import type { WebServer } from './web-server.ts'

const LOOK_EVERY_MS = 250

async function isBusy(server: Server, pairs: number): Promise<boolean> {
  if (pairs > 0) return true
  const { promise, resolve, reject } = Promise.withResolvers<number>()
  server.getConnections((error, count) => (error ? reject(error) : resolve(count)))
  return (await promise) > 0
}

/**
 * Stops in order: accepts nothing new, lets running streams finish for up to `timeoutMs`, then cuts the rest off.
 * Readers whose connection is cut resume where they were as soon as a server is back.
 */
export async function drain(
  { server, mode, forwarder, webSocketProxy }: WebServer,
  timeoutMs: number,
): Promise<void> {
  const deadline = performance.now() + timeoutMs
  const closed = once(server, 'close')
  const seen = new WeakMap<object, number>()
  server.close()
  while (await isBusy(server, webSocketProxy.size)) {
    if (performance.now() >= deadline) break
    server.closeIdleConnections()
    webSocketProxy.closeQuiet(seen)
    await sleep(Math.min(LOOK_EVERY_MS, timeoutMs))
  }
  webSocketProxy.closeAll()
  server.closeAllConnections()
  forwarder.close()
  mode.close()
  await closed
}
