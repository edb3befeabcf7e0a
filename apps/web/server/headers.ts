import type { IncomingHttpHeaders, IncomingMessage, OutgoingHttpHeaders } from 'node:http'
import { isForOpenai } from './api-paths.ts'

/**
 * Request headers that pass to the API. `Accept-Encoding` stays here: compression between web and API would hold tokens
 * back.
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
  'retry-after-ms',
  'vary',
  'x-accel-buffering',
  'x-retry-after',
  'x-should-retry',
] as const

/**
 * What else passes where the API has accounts: who the visitor is, and what the API needs to tell whether the visitor's
 * own page asks. Elsewhere it all stays here.
 */
const VISITOR_HEADERS = ['cookie', 'origin', 'sec-fetch-mode', 'sec-fetch-site'] as const

function pick(headers: IncomingHttpHeaders, names: readonly string[]): OutgoingHttpHeaders {
  const picked: OutgoingHttpHeaders = {}
  for (const name of names) {
    const value = headers[name]
    if (value !== undefined) picked[name] = value
  }
  return picked
}

/** In whose name requests reach the API. */
export type Identity =
  /** All visitors are the one owner of the key; without a key, the one that the API knows by itself. */
  | { accounts: false; apiKey: string | undefined }
  /** Each visitor is who the session or the key of the request says. */
  | { accounts: true }

/** What the headers of each request to the API say. */
export interface Sending {
  id: string
  host: string
  identity: Identity
}

/** The chain of addresses that the request came through, with its last one: whom this server is connected to. */
function forwardedFor({ headers, socket }: IncomingMessage): string {
  const chain = headers['x-forwarded-for']
  const peer = (socket.remoteAddress ?? 'unknown').replace(/^::ffff:(?=\d)/, '')
  return [...(chain === undefined ? [] : [chain].flat()), peer].join(', ')
}

function scheme({ headers }: IncomingMessage): 'http' | 'https' {
  const [first] = [headers['x-forwarded-proto'] ?? ''].flat().join().split(',')
  return first?.trim() === 'https' ? 'https' : 'http'
}

/** The key of a program. A password for a proxy in front, in the scheme `Basic`, is none of the API's business. */
function keyOf({ headers: { authorization } }: IncomingMessage): OutgoingHttpHeaders {
  return authorization !== undefined && /^bearer /i.test(authorization) ? { authorization } : {}
}

const pathOf = (request: IncomingMessage): OutgoingHttpHeaders => ({
  'x-forwarded-for': forwardedFor(request),
  'x-forwarded-proto': scheme(request),
})

function sent(
  request: IncomingMessage,
  names: readonly string[],
  { id, host, identity }: Sending,
): OutgoingHttpHeaders {
  const headers = { ...pick(request.headers, names), host, 'x-request-id': id }
  // Whoever speaks OpenAI's protocol is who its own key says: never a visitor by its session, nor this server by its key.
  if (isForOpenai(request.url))
    return { ...headers, ...keyOf(request), ...(identity.accounts ? pathOf(request) : {}) }
  if (identity.accounts)
    return {
      ...headers,
      ...pick(request.headers, VISITOR_HEADERS),
      ...keyOf(request),
      ...pathOf(request),
    }
  const { apiKey } = identity
  return apiKey === undefined ? headers : { ...headers, authorization: `Bearer ${apiKey}` }
}

export const requestHeaders = (request: IncomingMessage, sending: Sending): OutgoingHttpHeaders =>
  sent(request, REQUEST_HEADERS, sending)

/**
 * Headers of an upgrade for the API. Without accounts they have no `Origin`, like those of a program: the web server has
 * checked it already.
 */
export const upgradeHeaders = (request: IncomingMessage, sending: Sending): OutgoingHttpHeaders => ({
  ...sent(request, UPGRADE_HEADERS, sending),
  connection: 'Upgrade',
  upgrade: 'websocket',
})

/** @param accounts whether the API has accounts: then it may set the cookie of a session, and send people elsewhere */
export function responseHeaders(
  from: IncomingHttpHeaders,
  id: string,
  accounts: boolean,
): OutgoingHttpHeaders {
  const limits = Object.keys(from).filter((name) => name.startsWith('ratelimit'))
  const names = [...RESPONSE_HEADERS, ...limits, ...(accounts ? ['location', 'set-cookie'] : [])]
  return { ...pick(from, names), 'x-request-id': id }
}
