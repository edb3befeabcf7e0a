import type { IncomingHttpHeaders } from 'node:http'
import { isIPv4 } from 'node:net'
import type { Env } from './env.ts'

function list(value: string | string[] | undefined): string[] {
  if (value === undefined) return []
  return (Array.isArray(value) ? value : value.split(',')).map((item) => item.trim())
}

function parse(text: string): URL | undefined {
  return URL.canParse(text) ? new URL(text) : undefined
}

/** What decides who may come: the address that the web listens on, and the origins besides its own. */
export type Visitors = Pick<Env, 'HOST' | 'ALLOWED_ORIGINS'>

function isLoopback(host: string): boolean {
  const name = host.replace(/^\[|\]$/g, '')
  return name === 'localhost' || name === '::1' || (isIPv4(name) && name.startsWith('127.'))
}

/**
 * Whether the name that was asked for can be this site's. Where only this machine can connect it must be this
 * machine's, or be allowed: a page whose name was turned to 127.0.0.1 (DNS rebinding) sends its own.
 */
function isOurHost({ host }: IncomingHttpHeaders, { HOST, ALLOWED_ORIGINS }: Visitors): boolean {
  if (host === undefined || !isLoopback(HOST)) return true
  const asked = parse(`http://${host}`)
  if (asked === undefined) return false
  return isLoopback(asked.hostname) || ALLOWED_ORIGINS.some((origin) => new URL(origin).host === host)
}

/**
 * Whether a request's `Origin` is this site: its host is the one that was asked for (`Host`, or
 * `X-Forwarded-Host` behind a proxy; no page can set either), or the operator allowed it.
 */
export function isOurOrigin(headers: IncomingHttpHeaders, visitors: Visitors): boolean {
  if (!isOurHost(headers, visitors)) return false
  const origin = headers.origin === undefined ? undefined : parse(headers.origin)
  if (origin === undefined) return false
  if (visitors.ALLOWED_ORIGINS.includes(origin.origin)) return true
  const hosts = [...list(headers.host), ...list(headers['x-forwarded-host'])]
  // Parsed with the origin's scheme, so that a default port may be written out or left out.
  return hosts.some((host) => parse(`${origin.protocol}//${host}`)?.host === origin.host)
}

/**
 * Whether browsers trust the page's origin without TLS on this machine's side: it is loopback, or a proxy says that it
 * speaks TLS.
 */
export function isTrustworthy(headers: IncomingHttpHeaders): boolean {
  if (list(headers['x-forwarded-proto'])[0] === 'https') return true
  const asked = parse(`http://${headers.host ?? ''}`)
  return asked !== undefined && isLoopback(asked.hostname)
}

/** Whether a browser sent this for a page of another site. Programs send none of these headers but `Host`. */
export function isForeign(headers: IncomingHttpHeaders, visitors: Visitors): boolean {
  if (headers.origin !== undefined) return !isOurOrigin(headers, visitors)
  return headers['sec-fetch-site'] === 'cross-site' || !isOurHost(headers, visitors)
}
