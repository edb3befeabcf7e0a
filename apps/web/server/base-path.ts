/** First parts of the page's own paths: below them a base could not be told from what is there. */
const OWN = ['_app', 'c', 'favicon.svg', 'healthz', 'runs', 'trpc']

/**
 * The path under which a proxy shows the page, as `/one/two`: a slash before it and none after.
 * @returns '' for the root, or what is wrong with it
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
 * A request's path and query below the base. Proxies pass the base on or take it away, and both are right; on the way
 * past the proxy there is none.
 */
export function belowBase(url: string | undefined, base: string): string {
  if (url === undefined || url === '') return '/'
  if (base === '' || !url.startsWith(base)) return url
  const rest = url.slice(base.length)
  if (rest.startsWith('/')) return rest
  return rest === '' || rest.startsWith('?') ? `/${rest}` : url
}

/**
 * Where the page is for who asked for the base without the slash that its relative addresses need; `undefined` for all
 * other paths.
 */
export function withSlash(url: string | undefined, base: string): string | undefined {
  if (base === '' || url === undefined || !url.startsWith(base)) return undefined
  const rest = url.slice(base.length)
  return rest === '' || rest.startsWith('?') ? `${base}/${rest}` : undefined
}
