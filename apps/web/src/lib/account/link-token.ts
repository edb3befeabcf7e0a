/**
 * Takes the token of a link out of the page's address. It stands behind the `#`, which browsers send to no server; here
 * it leaves the address too, and so the history.
 */
export function takeToken(): string {
  const token = location.hash.slice(1)
  if (token !== '') history.replaceState(history.state, '', location.pathname)
  return token
}
