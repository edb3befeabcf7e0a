/** Headers beyond the load tester's own, for example one that a proxy in front of the server requires. */
export type ExtraHeaders = Readonly<Record<string, string>>

const BY_CONNECTION = "is the connection's own"
const BY_LOADGEN = 'is set by the load tester'

/** Headers that the user cannot set, with the reason: a second one would break the framing or contradict ours. */
const RESERVED: Readonly<Record<string, string>> = {
  connection: BY_CONNECTION,
  'content-length': BY_CONNECTION,
  expect: BY_CONNECTION,
  host: `${BY_CONNECTION}: name the host in --target`,
  'http2-settings': BY_CONNECTION,
  'keep-alive': BY_CONNECTION,
  'proxy-connection': BY_CONNECTION,
  te: BY_CONNECTION,
  trailer: BY_CONNECTION,
  'transfer-encoding': BY_CONNECTION,
  upgrade: BY_CONNECTION,
  accept: BY_LOADGEN,
  'accept-encoding': `${BY_LOADGEN}: answers that are compressed arrive in lumps`,
  'content-encoding': BY_LOADGEN,
  'content-type': BY_LOADGEN,
  origin: `${BY_LOADGEN}: it finds out whether the server wants one`,
  'x-request-id': `${BY_LOADGEN}: each request has its own`,
}

/** What is wrong with a header that the user gives; `undefined` if nothing. Names the header, never its value. */
export function headerProblem(name: string, value: string): string | undefined {
  if (!/^[!#$%&'*+.^_`|~\w-]+$/.test(name)) return 'is no name of a header'
  const lower = name.toLowerCase()
  const reserved = lower.startsWith('sec-') ? BY_CONNECTION : RESERVED[lower]
  if (reserved !== undefined) return reserved
  // RFC 9110, 5.5: visible characters, spaces and tabs only between them; a line break would begin another header.
  return /^[\x21-\x7e\x80-\xff]([\t\x20-\x7e\x80-\xff]*[\x21-\x7e\x80-\xff])?$/.test(value)
    ? undefined
    : 'its value has to be visible characters of Latin-1, with spaces only between them'
}

/**
 * A `fetch` that sends these headers with every request. It follows no redirect: on a redirect to another
 * host `fetch` drops only `Authorization` and cookies, and these headers may be just as secret.
 */
export function fetchWith(headers: ExtraHeaders, send: typeof fetch = fetch): typeof fetch {
  const extra = Object.entries(headers)
  if (extra.length === 0) return send
  return (input, init = {}) => {
    const all = new Headers(init.headers)
    for (const [name, value] of extra) all.set(name, value)
    return send(input, { ...init, headers: all, redirect: init.redirect === 'manual' ? 'manual' : 'error' })
  }
}
