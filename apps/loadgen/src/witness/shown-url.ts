/** Parameters of metrics pages that choose what is shown, and hold no secret. */
const CHOICES = new Set(['match[]', 'name[]', 'collect[]', 'module', 'format'])
const HIDDEN = 'hidden'

/**
 * A witness' URL as it may be stored and said: without user, password and fragment, and of a query only the names of
 * its parameters, and what chooses among metrics. Where a token is asked for, it stands there.
 */
export function shownUrl(url: URL): string {
  const query = [...url.searchParams].map(([name, value]) => {
    if (CHOICES.has(name)) return `${encodeURIComponent(name)}=${encodeURIComponent(value)}`
    return value === '' ? HIDDEN : `${encodeURIComponent(name)}=${HIDDEN}`
  })
  return url.origin + url.pathname + (query.length === 0 ? '' : `?${query.join('&')}`)
}

/** The same of a text that may be no URL at all, such as a mistyped one. */
export const shownAddress = (text: string): string =>
  text.replace(/\/\/[^/?#]*@/, `//${HIDDEN}@`).replace(/[?#].*$/s, (rest) => `${rest.charAt(0)}${HIDDEN}`)
