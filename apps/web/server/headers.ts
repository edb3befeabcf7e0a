import type { IncomingHttpHeaders, OutgoingHttpHeaders } from 'node:http'

/**
 * Request headers that pass to the API. Cookies and the browser's own `Authorization` and `Origin` stay here.
 * `Accept-Encoding` stays here too: compression between web and API would hold tokens back.
 */
const REQUEST_HEADERS = [
  'accept',
  'accept-language',
  'cache-control',
  'content-encoding',
  'content-length',
  'content-type',
  'last-event-id',
  'transfer-encoding',
  'trpc-accept',
  'trpc-batch-mode',
  'user-agent',
  'x-trpc-source',
] as const

const UPGRADE_HEADERS = [
  'sec-websocket-extensions',
  'sec-websocket-key',
  'sec-websocket-protocol',
  'sec-websocket-version',
  'user-agent',
] as const

const RESPONSE_HEADERS = [
  'allow',
  'cache-control',
  'content-encoding',
  'content-length',
  'content-type',
  'retry-after',
  'vary',
  'x-accel-buffering',
] as const

function pick(headers: IncomingHttpHeaders, names: readonly string[]): OutgoingHttpHeaders {
  const picked: OutgoingHttpHeaders = {}
  for (const name of names) {
    const value = headers[name]
    if (value !== undefined) picked[name] = value
  }
  return picked
}

export interface Identity {
  id: string
  host: string
  apiKey: string | undefined
}

function identify(headers: OutgoingHttpHeaders, { id, host, apiKey }: Identity): OutgoingHttpHeaders {
  headers['host'] = host
  headers['x-request-id'] = id
  if (apiKey !== undefined) headers['authorization'] = `Bearer ${apiKey}`
  return headers
}

export function requestHeaders(from: IncomingHttpHeaders, identity: Identity): OutgoingHttpHeaders {
  return identify(pick(from, REQUEST_HEADERS), identity)
}

/**
 * Headers of an upgrade for the API. They have no `Origin`, like those of a program: the web server has checked it
 * already.
 */
export function upgradeHeaders(from: IncomingHttpHeaders, identity: Identity): OutgoingHttpHeaders {
  const headers = identify(pick(from, UPGRADE_HEADERS), identity)
  return { ...headers, connection: 'Upgrade', upgrade: 'websocket' }
}

export function responseHeaders(from: IncomingHttpHeaders, id: string): OutgoingHttpHeaders {
  return { ...pick(from, RESPONSE_HEADERS), 'x-request-id': id }
}
