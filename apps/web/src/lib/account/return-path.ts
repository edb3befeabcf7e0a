/**
 * The page to show after signing in, as the address of the sign-in page names it. Only a page of this site counts:
 * anything else would let a link send people from our sign-in page to another site.
 * @param wanted the parameter `to`: a path with query
 * @param basePath path of the page on its host, with a slash at its end
 */
export function returnPath(wanted: string | null, basePath: string, origin: string): string {
  if (wanted === null || !wanted.startsWith(basePath)) return basePath
  const url = URL.canParse(wanted, origin) ? new URL(wanted, origin) : undefined
  if (url?.origin !== origin || !url.pathname.startsWith(basePath)) return basePath
  return `${url.pathname}${url.search}`
}
