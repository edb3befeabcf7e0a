import type { IncomingHttpHeaders } from 'node:http'
import { isLoopback } from '@slicechat/server'
import type { Env } from './env.ts'

function list(value: string | string[] | undefined): string[] {
  if (value === undefined) return []
  return (Array.isArray(value) ? value : value.split(',')).map((item) => item.trim())
}

function parse(text: string): URL | undefined {
  return URL.canParse(text) ? new URL(text) : undefined
}

/**
 * Settings that decide which pages may send requests: the listening address, and the origins allowed besides its own.
 */
export type Visitors = Pick<Env, 'HOST' | 'ALLOWED_ORIGINS'>

/**
 * Whether the requested `Host` can be this site's. A server that listens on loopback only accepts loopback names and
 * allowed hosts: a page whose name was rebound to 127.0.0.1 (DNS rebinding) sends its own name.
 */
function isOurHost({ host }: IncomingHttpHeaders, { HOST, ALLOWED_ORIGINS }: Visitors): boolean {
  if (host === undefined || !isLoopback(HOST)) return true
  const asked = parse(`http://${host}`)
  if (asked === undefined) return false
  return isLoopback(asked.hostname) || ALLOWED_ORIGINS.some((origin) => new URL(origin).host === host)
}

/**
 * Whether a request's `Origin` is this site: its host equals the requested one (`Host`, or `X-Forwarded-Host` behind a
 * proxy; a page can set neither), or the operator allowed it.
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
 * Whether browsers treat the page's origin as trustworthy: the request asked for a loopback name, or a proxy says that
 * it was sent over TLS.
 */
export function isTrustworthy(headers: IncomingHttpHeaders): boolean {
  if (list(headers['x-forwarded-proto'])[0] === 'https') return true
  const asked = parse(`http://${headers.host ?? ''}`)
  return asked !== undefined && isLoopback(asked.hostname)
}

/**
 * Whether a browser sent this request for a page of another site. Programs send none of these headers except `Host`.
 * @param isReturn whether another site may have sent a person here by this request
 */
export function isForeign(headers: IncomingHttpHeaders, visitors: Visitors, isReturn = false): boolean {
  if (headers.origin !== undefined) return !isOurOrigin(headers, visitors)
  const isFromElsewhere = headers['sec-fetch-site'] === 'cross-site' && !isReturn
  return isFromElsewhere || !isOurHost(headers, visitors)
}
