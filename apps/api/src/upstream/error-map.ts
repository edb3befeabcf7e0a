import type { ApiErrorCode } from '@slicechat/contract'
import { errorKind, namesField, type ServerError, shownText } from '@slicechat/model-server'
import { errors } from 'undici'
import { CodedError, unexpected } from '../errors.ts'

/** The chain of `cause`s of an error. The limit of 8 guards against a loop. */
function* causes(error: unknown): Generator<Error & { code?: unknown }> {
  for (let at = error, depth = 0; at instanceof Error && depth < 8; at = at.cause, depth++) yield at
}

/** The system's or undici's code behind a failed connection, such as `ECONNREFUSED`. */
function systemCode(error: unknown): string | undefined {
  let code: string | undefined
  for (const cause of causes(error)) if (typeof cause.code === 'string') code = cause.code
  return code
}

/** Fields that a request may have. A refusal that names one of them is reported with its name. */
const REQUEST_FIELDS = [
  'temperature',
  'top_p',
  'max_tokens',
  'min_tokens',
  'seed',
  'stop',
  'model',
  'messages',
]

/** The field that a server refuses. The server's message can quote the prompt, so only names are passed on. */
function fieldOf(error: ServerError): string | undefined {
  const [field] = error.fields
  if (field !== undefined && field.length <= 60) return shownText(field, 60)
  return REQUEST_FIELDS.find((name) => name.includes('_') && namesField(error, name))
}

/** @returns the code and a message. The message repeats only parts of the server's error that cannot quote the prompt. */
function toCode(error: ServerError): [ApiErrorCode, string] {
  const { status, isPage, message } = error
  const page = isPage
    ? ` It answered with ${message === '' ? 'a web page' : `the web page “${message}”`}.`
    : ''
  switch (errorKind(error)) {
    case 'rate-limited':
      return ['RATE_LIMITED', 'The model server asks to slow down. Try again in a moment.']
    case 'busy':
      return ['UPSTREAM_BUSY', 'The model server is busy. Try again in a moment.']
    case 'context-overflow':
      return ['CONTEXT_TOO_LONG', 'The messages do not fit the context of the model.']
    case 'unreachable':
      return ['UPSTREAM_UNREACHABLE', `A proxy before the model server answered ${status}.${page}`]
    case 'failed':
      return ['UPSTREAM_BROKE_OFF', `The model server failed (HTTP ${status}).${page}`]
    case 'unauthorized':
      return [
        'UPSTREAM_REJECTED',
        `The model server does not accept the API's credentials (HTTP ${status}).${page}`,
      ]
    case 'model-not-found':
      return ['MODEL_NOT_FOUND', 'The model server does not serve this model.']
    case 'not-found':
      return [
        'UPSTREAM_REJECTED',
        `The model server has no chat completions here (HTTP 404).${page} Check VLLM_URL.`,
      ]
    case 'too-large':
      return [
        'UPSTREAM_REJECTED',
        `A proxy before the model server takes no request of this size (HTTP 413).${page}`,
      ]
    case 'refused': {
      const field = fieldOf(error)
      return field === undefined
        ? ['UPSTREAM_REJECTED', `The model server refused the request (HTTP ${status}).${page}`]
        : ['UPSTREAM_REJECTED', `The model server refused the request: ${field} is not acceptable to it.`]
    }
  }
}

/**
 * Converts an error of the model server, which came as a response or as an event of a stream with HTTP 200.
 * @param retryAfter the response's `Retry-After`
 */
export function fromServerError(error: ServerError, retryAfter?: string): CodedError {
  const [code, message] = toCode(error)
  return new CodedError(code, message, { ...waitOf(retryAfter), said: error })
}

/** The seconds of a `Retry-After` header, in milliseconds. Model servers do not send dates. */
function waitOf(retryAfter: string | undefined): { retryAfterMs?: number } {
  const seconds = Number(retryAfter ?? Number.NaN)
  return Number.isFinite(seconds) && seconds >= 0 ? { retryAfterMs: Math.min(seconds, 60) * 1000 } : {}
}

/** Converts an error of the network; a coded error passes through. */
export function toCodedError(error: unknown): CodedError {
  for (const cause of causes(error)) if (cause instanceof CodedError) return cause
  if (error instanceof errors.HeadersTimeoutError)
    return new CodedError('UPSTREAM_TIMEOUT', 'The model server did not answer in time.', { cause: error })
  if (error instanceof SyntaxError)
    return new CodedError('UPSTREAM_BROKE_OFF', 'The model server sent what is not JSON.', { cause: error })
  const detail = systemCode(error)
  if (detail === undefined) return unexpected(error)
  return new CodedError('UPSTREAM_UNREACHABLE', `The model server cannot be reached (${detail}).`, {
    cause: error,
  })
}
