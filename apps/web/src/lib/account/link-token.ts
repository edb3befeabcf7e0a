/**
 * Takes the token of a link out of the page's address. It stands behind the `#`, which browsers send to no server; here
 * it leaves the address too, and so the history.
 * @param leave replaces the address by the same one without it. The pages do that, since what pages share must not import
 *   SvelteKit's client: it would be loaded, and would take the base path for the root, before the page tells it that path.
 */
export function takeToken(leave: () => unknown): string {
  const token = location.hash.slice(1)
  if (token !== '') leave()
  return token
}
