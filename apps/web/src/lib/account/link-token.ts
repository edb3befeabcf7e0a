import { goto } from '$app/navigation'
import type { resolve } from '$app/paths'

/**
 * Takes the token of a link out of the page's address. It stands behind the `#`, which browsers send to no server; here
 * it leaves the address too, and so the history.
 * @param path of the page, without it
 */
export function takeToken(path: ReturnType<typeof resolve>): string {
  const token = location.hash.slice(1)
  if (token !== '') void goto(path, { replace: true })
  return token
}
