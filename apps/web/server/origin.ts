import type { IncomingHttpHeaders } from 'node:http'

function list(value: string | string[] | undefined): string[] {
  if (value === undefined) return []
  return (Array.isArray(value) ? value : value.split(',')).map((item) => item.trim())
}

function parse(text: string): URL | undefined {
  return URL.canParse(text) ? new URL(text) : undefined
}

/**
 * Whether a request's `Origin` is this site: its host is the one that was asked for (`Host`, or
 * `X-Forwarded-Host` behind a proxy; no page can set either), or the operator allowed it.
 */
export function isOurOrigin(headers: IncomingHttpHeaders, allowed: readonly string[]): boolean {
  const origin = headers.origin === undefined ? undefined : parse(headers.origin)
  if (origin === undefined) return false
  if (allowed.includes(origin.origin)) return true
  const hosts = [...list(headers.host), ...list(headers['x-forwarded-host'])]
  // Parsed with the origin's scheme, so that a default port may be written out or left out.
  return hosts.some((host) => parse(`${origin.protocol}//${host}`)?.host === origin.host)
}

/** Whether a browser sent this for a page of another site. Programs send neither header. */
export function isForeign(headers: IncomingHttpHeaders, allowed: readonly string[]): boolean {
  if (headers.origin !== undefined) return !isOurOrigin(headers, allowed)
  return headers['sec-fetch-site'] === 'cross-site'
}
