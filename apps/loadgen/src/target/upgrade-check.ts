import { randomBytes } from 'node:crypto'
import * as http from 'node:http'
import * as https from 'node:https'
import type { ExtraHeaders } from './extra-headers.ts'

/** Which WebSocket upgrades a server accepts. */
export type Upgrades = 'any' | 'page' | 'none'

const TIMEOUT_MS = 5_000

/**
 * Finds out whether a server upgrades any WebSocket (an API), only one with the `Origin` of its own page (a
 * web server in front of an API; every browser sends it), or none. An API refuses all origins but those of
 * its pages, so the header can neither always be sent nor always be left out.
 */
export async function upgradesOf(url: URL, headers: ExtraHeaders): Promise<Upgrades> {
  if (await upgrades(url, headers)) return 'any'
  return (await upgrades(url, { ...headers, origin: url.origin })) ? 'page' : 'none'
}

function upgrades(url: URL, headers: ExtraHeaders): Promise<boolean> {
  const path = url.pathname.replace(/\/+$/, '')
  const request = (url.protocol === 'https:' ? https : http).request(
    new URL(path.endsWith('/trpc') ? path : `${path}/trpc`, url),
    {
      headers: {
        connection: 'Upgrade',
        upgrade: 'websocket',
        'sec-websocket-version': '13',
        'sec-websocket-key': randomBytes(16).toString('base64'),
        ...headers,
      },
      // A connection of its own: the global agent may use a proxy.
      agent: false,
      signal: AbortSignal.timeout(TIMEOUT_MS),
    },
  )
  return new Promise((resolve) => {
    request.on('upgrade', (_response, socket) => {
      socket.destroy()
      resolve(true)
    })
    request.on('response', (response) => {
      response.destroy()
      resolve(false)
    })
    request.on('error', () => resolve(false))
    request.end()
  })
}

/** A WebSocket class whose handshake has these headers, such as the `Origin` of a web server's page. */
export function socketWith(headers: ExtraHeaders): typeof globalThis.WebSocket {
  return class extends globalThis.WebSocket {
    constructor(url: string | URL) {
      // Node's WebSocket takes headers where a browser's takes protocols.
      super(url, { headers } as unknown as string[])
    }
  }
}
