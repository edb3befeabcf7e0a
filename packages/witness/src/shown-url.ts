/** Query parameters of metrics pages that choose what is shown; they hold no secret. */
const CHOICES = new Set(['match[]', 'name[]', 'collect[]', 'module', 'format'])
const HIDDEN = 'hidden'

/**
 * A witness's URL as it may be stored and printed: without user, password and fragment. Of a query, which may
 * hold a token, it keeps the names of the parameters, and the values only of those that choose among metrics.
 */
export function shownUrl(url: URL): string {
  const query = [...url.searchParams].map(([name, value]) => {
    if (CHOICES.has(name)) return `${encodeURIComponent(name)}=${encodeURIComponent(value)}`
    return value === '' ? HIDDEN : `${encodeURIComponent(name)}=${HIDDEN}`
  })
  return url.origin + url.pathname + (query.length === 0 ? '' : `?${query.join('&')}`)
}

/** The same for a text that may be no URL at all, such as a mistyped one. */
export const shownAddress = (text: string): string =>
  text.replace(/\/\/[^/?#]*@/, `//${HIDDEN}@`).replace(/[?#].*$/s, (rest) => `${rest.charAt(0)}${HIDDEN}`)
