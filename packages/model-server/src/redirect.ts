/** Where a response says that the server is. */
export interface Redirect {
  readonly to: URL
  /** The same host: a request may follow, with its key. */
  readonly isSameHost: boolean
  /** The place without user, password and query, which can be secrets. */
  readonly place: string
}

/** More hops than any sensible set-up has. */
export const mostRedirects = 5

/**
 * Reads a redirect. Same host: the same scheme, name and port, or the step from http to https on the same name. A POST
 * follows 301 and 302 as it is, since a base URL that moved is what they mean here, but not 303, which is another's page.
 * @returns `null` when the response is none, or names no http place (an empty `Location` would be the page itself)
 */
export function readRedirect(
  from: URL,
  method: string,
  status: number,
  location: string | null | undefined,
): Redirect | null {
  if (status < 300 || status > 399 || status === 304 || !location) return null
  const to = URL.parse(location, from)
  if (to === null || !/^https?:$/.test(to.protocol)) return null
  const isUpgrade = from.protocol === 'http:' && to.protocol === 'https:' && from.hostname === to.hostname
  const place = to.origin + to.pathname
  to.hash = to.username = to.password = ''
  const isSameHost = (from.origin === to.origin || isUpgrade) && !(status === 303 && method !== 'GET')
  return { to, isSameHost, place }
}
