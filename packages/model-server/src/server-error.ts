/** What a server says went wrong, whichever shape it has for it. */
export interface ServerError {
  /** The HTTP status; in a stream that stays 200, the status that the error says it would have, else 500. */
  readonly status: number
  /** Its words for a program: `code`, `type`, `error_type`, in this order, where they are words. */
  readonly codes: readonly string[]
  /** Its sentence; empty where it has none. It can quote the prompt. */
  readonly message: string
  /** The request fields that it objects to: `param`, or the ends of FastAPI's `loc`. */
  readonly fields: readonly string[]
  /** It is a web page, a proxy's as a rule; `message` is its title. */
  readonly isPage: boolean
}

type Raw = Record<string, unknown>

/** Statuses of words that stand in for one; lower case, without `_` and `-`. */
const statusOfWord: Readonly<Record<string, number>> = {
  contextlengthexceeded: 400,
  exceedcontextsizeerror: 400,
  contextwindowexceedederror: 400,
  stringabovemaxlength: 400,
  invalidrequesterror: 400,
  badrequesterror: 400,
  badrequest: 400,
  badrequesterrors: 400,
  validation: 422,
  validationerror: 422,
  invalidapikey: 401,
  authenticationerror: 401,
  unauthorized: 401,
  unauthorizederror: 401,
  permissionerror: 403,
  permissiondenied: 403,
  permissiondeniederror: 403,
  forbidden: 403,
  modelnotfound: 404,
  modelnotfounderror: 404,
  notfounderror: 404,
  notfound: 404,
  requesttoolarge: 413,
  ratelimitexceeded: 429,
  ratelimiterror: 429,
  ratelimitreached: 429,
  insufficientquota: 429,
  toomanyrequests: 429,
  toomanyrequestserror: 429,
  // TGI gives its "Model is overloaded" the status 429.
  overloaded: 429,
  overloadederror: 503,
  engineoverloaded: 503,
  serviceunavailable: 503,
  serviceunavailableerror: 503,
  // llama.cpp while it loads its model.
  unavailableerror: 503,
  unhealthy: 503,
  serverbusy: 503,
  gatewaytimeout: 504,
}

const isRaw = (value: unknown): value is Raw => typeof value === 'object' && value !== null

/** How long a sentence may be that is passed on. */
const mostCharacters = 2_000
const textOf = (value: unknown): string =>
  (typeof value === 'string' ? value : isRaw(value) ? JSON.stringify(value) : '').slice(0, mostCharacters)

/**
 * Whether a JSON value that came where a chunk was due is an error. `choices` make it a chunk, whatever else is there,
 * unless `error` says something.
 */
export function isError(raw: Raw): boolean {
  if (raw['error'] !== undefined) {
    const { error } = raw
    if (error !== null && error !== '' && error !== false) return true
  }
  if (raw['object'] === 'error' || raw['type'] === 'error') return true
  if (raw['choices'] !== undefined) return false
  if (raw['detail'] !== undefined && raw['detail'] !== null) return true
  return (
    typeof raw['message'] === 'string' &&
    ['code', 'type', 'status', 'statusCode', 'error_type'].some((key) => raw[key] !== undefined)
  )
}

/**
 * Reads an error in every shape that is about: `{error: {…}}`, `{error: "text"}`, `{object: "error", …}`, the two within
 * each other, `{detail: "text"}`, FastAPI's list of findings, a bare `{code, message}`, a list with one of these, a text.
 * @param status the HTTP status, where the error is a response of its own
 */
export function readError(body: unknown, status?: number): ServerError {
  const said = unwrapped(body)
  const raw = isRaw(said) ? said : {}
  const outer = isRaw(body) && !Array.isArray(body) ? body : {}
  const findings = findingsOf(raw['detail'] ?? outer['detail'])
  const codes = [raw['code'], raw['type'], raw['error_type'], outer['error_type'], outer['type']].filter(
    (word): word is string => typeof word === 'string' && word !== '' && !/^\d+$/.test(word),
  )
  const param = raw['param']
  return {
    status: status ?? statusOf(raw, outer, codes) ?? (findings === null ? 500 : 422),
    codes: [...new Set(codes)].map((word) => word.slice(0, 100)),
    message: findings?.message ?? messageOf(said, raw),
    fields: findings?.fields ?? (typeof param === 'string' && param !== '' ? [param] : []),
    isPage: false,
  }
}

/** The body of a response that is no answer: JSON, a web page, or what else somebody wrote. */
export function readErrorBody(text: string, status?: number): ServerError {
  const start = text.trimStart()
  if (start.startsWith('<'))
    return { status: status ?? 500, codes: [], message: titleOf(start), fields: [], isPage: true }
  try {
    return readError(JSON.parse(text), status)
  } catch {
    return readError(text.trim(), status)
  }
}

/** The title of a web page, or its first heading; empty without. */
export function titleOf(page: string): string {
  const [, , title = ''] = /<(title|h1)\b[^>]{0,500}>([^<]{1,500})/i.exec(page.slice(0, 65_536)) ?? []
  return shownText(title, 80)
}

/** A foreign server's word or title on one line, without control characters and no longer than fits. */
export const shownText = (text: string, most: number): string =>
  text
    .replace(/[\p{C}\s]+/gu, ' ')
    .trim()
    .slice(0, most)
    .toWellFormed()

/** What stands in the wrappings: `error` in `error`, a list of one. */
function unwrapped(body: unknown): unknown {
  let at = body
  for (let depth = 0; depth < 4; depth++) {
    const inner: unknown = Array.isArray(at) ? at[0] : isRaw(at) ? at['error'] : undefined
    if (inner === undefined || inner === null || inner === true) break
    at = inner
  }
  return at
}

function statusOf(raw: Raw, outer: Raw, codes: readonly string[]): number | undefined {
  const numbers = [raw, outer].flatMap((from) => [
    from['code'],
    from['status'],
    from['status_code'],
    from['statusCode'],
    from['http_status_code'],
  ])
  for (const given of numbers) {
    const status = typeof given === 'number' || typeof given === 'string' ? Number(given) : Number.NaN
    if (Number.isInteger(status) && status >= 400 && status <= 599) return status
  }
  for (const word of codes) {
    const known = statusOfWord[word.toLowerCase().replaceAll(/[^a-z0-9]/g, '')]
    if (known !== undefined) return known
  }
  return undefined
}

function messageOf(said: unknown, raw: Raw): string {
  if (typeof said === 'string') return textOf(said)
  return textOf(raw['message']) || textOf(raw['detail']) || textOf(raw['msg'])
}

/** FastAPI's own validation: a list of `{loc, msg, type}`. Their `input` is left out, for it is the prompt. */
function findingsOf(detail: unknown): { message: string; fields: string[] } | null {
  if (!Array.isArray(detail)) return null
  const fields: string[] = []
  const sentences: string[] = []
  for (const finding of detail.slice(0, 20) as unknown[]) {
    const { loc, msg } = isRaw(finding) ? finding : { loc: undefined, msg: finding }
    const path = (Array.isArray(loc) ? loc : []).filter((part) => part !== 'body').map(String)
    const field = path.join('.').slice(0, 200)
    if (field !== '') fields.push(field)
    sentences.push([field, textOf(msg)].filter((part) => part !== '').join(': '))
  }
  return { message: textOf(sentences.join('; ')), fields }
}
