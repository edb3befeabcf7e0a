/** An error of a server, whatever its shape was. */
export interface ServerError {
  /** The HTTP status. In a stream, whose status stays 200, it is the status that the error names, otherwise 500. */
  readonly status: number
  /** Its codes for programs: `code`, `type` and `error_type`, in this order, if they are words. */
  readonly codes: readonly string[]
  /** Its message for people; empty if it has none. It can quote the prompt. */
  readonly message: string
  /** The request fields that it objects to: `param`, or the ends of FastAPI's `loc`. */
  readonly fields: readonly string[]
  /** Whether it is a web page, usually a proxy's. `message` is then its title. */
  readonly isPage: boolean
}

type Raw = Record<string, unknown>

/** HTTP statuses of error codes, which are in lower case without `_` and `-`. */
const STATUS_OF_CODE: Readonly<Record<string, number>> = {
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

/** Most characters of a message that are passed on. */
const MAX_MESSAGE_CHARACTERS = 2_000
const textOf = (value: unknown): string =>
  (typeof value === 'string' ? value : isRaw(value) ? JSON.stringify(value) : '').slice(
    0,
    MAX_MESSAGE_CHARACTERS,
  )

/** Whether a JSON value in place of a chunk is an error. With `choices` it is a chunk, unless `error` has a value. */
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
 * Reads an error in every known shape: `{error: {…}}`, `{error: "text"}`, `{object: "error", …}`, one of these within
 * another, `{detail: "text"}`, FastAPI's list of validation errors, a bare `{code, message}`, a list with one of these, a
 * text.
 * @param status the HTTP status, if the error is a response of its own
 */
export function readError(body: unknown, status?: number): ServerError {
  const inner = unwrapped(body)
  const raw = isRaw(inner) ? inner : {}
  const outer = isRaw(body) && !Array.isArray(body) ? body : {}
  const validation = validationErrorsOf(raw['detail'] ?? outer['detail'])
  const codes = [raw['code'], raw['type'], raw['error_type'], outer['error_type'], outer['type']].filter(
    (word): word is string => typeof word === 'string' && word !== '' && !/^\d+$/.test(word),
  )
  const param = raw['param']
  return {
    status: status ?? statusOf(raw, outer, codes) ?? (validation === null ? 500 : 422),
    codes: [...new Set(codes)].map((word) => word.slice(0, 100)),
    message: validation?.message ?? messageOf(inner, raw),
    fields: validation?.fields ?? (typeof param === 'string' && param !== '' ? [param] : []),
    isPage: false,
  }
}

/** Reads the body of a response that is not an answer: JSON, a web page or other text. */
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

/** Reads the data of an error event: JSON in any shape, also a chunk's, or text. */
export function readErrorEvent(data: string): ServerError {
  try {
    return readError(JSON.parse(data))
  } catch {
    return readErrorBody(data)
  }
}

/** The title of a web page, or its first heading; empty if it has neither. */
export function titleOf(page: string): string {
  const [, , title = ''] = /<(title|h1)\b[^>]{0,500}>([^<]{1,500})/i.exec(page.slice(0, 65_536)) ?? []
  return shownText(title, 80)
}

/** Text of a foreign server on one line, without control characters, cut to `maxLength`. */
export const shownText = (text: string, maxLength: number): string =>
  text
    .replace(/[\p{C}\s]+/gu, ' ')
    .trim()
    .slice(0, maxLength)
    .toWellFormed()

/** Unwraps an error: `error` within `error`, or a list of one. */
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
    const known = STATUS_OF_CODE[word.toLowerCase().replaceAll(/[^a-z0-9]/g, '')]
    if (known !== undefined) return known
  }
  return undefined
}

function messageOf(inner: unknown, raw: Raw): string {
  if (typeof inner === 'string') return textOf(inner)
  return textOf(raw['message']) || textOf(raw['detail']) || textOf(raw['msg'])
}

/** Reads FastAPI's validation errors, a list of `{loc, msg, type}`. Their `input` is left out, because it is the prompt. */
function validationErrorsOf(detail: unknown): { message: string; fields: string[] } | null {
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
