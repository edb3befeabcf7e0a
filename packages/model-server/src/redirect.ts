/** The address to which a response redirects. */
export interface Redirect {
  readonly to: URL
  /** Whether it is on the same host, so that a request may follow with its key. */
  readonly isSameHost: boolean
  /** The address without user, password and query, which can be secrets. */
  readonly shownUrl: string
}

/** More hops than any sensible set-up has. */
export const MAX_REDIRECTS = 5

/**
 * Reads a redirect. The same host has the same scheme, name and port, or differs only in https instead of http. A POST
 * follows 301 and 302 unchanged, since these mean here that the base URL moved. It does not follow 303, which leads to
 * another page.
 * @returns `null` if the response is not a redirect, or names no http URL (an empty `Location` would be the page itself)
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
  const shownUrl = to.origin + to.pathname
  to.hash = to.username = to.password = ''
  const isSameHost = (from.origin === to.origin || isUpgrade) && !(status === 303 && method !== 'GET')
  return { to, isSameHost, shownUrl }
}
