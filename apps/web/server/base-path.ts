/**
 * First segments of the page's own paths. A base path that begins with one of them could not be told apart from a page.
 */
const OWN = [
  '_app',
  'admin',
  'api',
  'c',
  'favicon.svg',
  'healthz',
  'invitation',
  'profile',
  'reset',
  'runs',
  'sign-in',
  'trpc',
  'v1',
]

/**
 * Parses the path under which a proxy shows the page, into `/one/two`: a leading slash and no trailing one.
 * @returns the base path ('' for the root), or what is wrong with it
 */
export function parseBasePath(text: string): { base: '' | `/${string}` } | { problem: string } {
  const path = text.replace(/^\/+|\/+$/g, '')
  if (path === '') return { base: '' }
  const base: `/${string}` = `/${path}`
  if (/^https?:/i.test(path)) return { problem: 'a path such as /chat, without scheme and host' }
  if (!/^(?:\/(?!\.{1,2}(?:\/|$))[\w.~-]+)+$/.test(base))
    return { problem: 'a path such as /chat: letters, digits, ".", "_", "~" and "-" between single slashes' }
  const first = base.split('/')[1] ?? ''
  if (OWN.includes(first)) return { problem: `/${first} is a path of the page itself; choose another name` }
  return { base }
}

/**
 * Path and query of a request below the base path. Some proxies pass the base path on and others remove it; both work.
 * A request that bypasses the proxy has no base path.
 */
export function belowBase(url: string | undefined, base: string): string {
  if (url === undefined || url === '') return '/'
  if (base === '' || !url.startsWith(base)) return url
  const rest = url.slice(base.length)
  if (rest.startsWith('/')) return rest
  return rest === '' || rest.startsWith('?') ? `/${rest}` : url
}

/**
 * Redirect target for a request to the base path without its trailing slash, which the page's relative addresses need;
 * `undefined` for all other paths.
 */
export function withSlash(url: string | undefined, base: string): string | undefined {
  if (base === '' || url === undefined || !url.startsWith(base)) return undefined
  const rest = url.slice(base.length)
  return rest === '' || rest.startsWith('?') ? `${base}/${rest}` : undefined
}
