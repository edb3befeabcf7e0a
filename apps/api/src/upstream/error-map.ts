import OpenAI from 'openai'
import { CodedError, type ErrorCode } from '../errors.ts'

/** Chains of `cause` are short; the limit guards against a loop. */
function* causes(error: unknown): Generator<Error & { code?: unknown }> {
  for (let at = error, depth = 0; at instanceof Error && depth < 8; at = at.cause, depth++) yield at
}

/** The system's or undici's code behind a failed connection, such as `ECONNREFUSED`. */
function systemCode(error: unknown): string | undefined {
  let code: string | undefined
  for (const cause of causes(error)) if (typeof cause.code === 'string') code = cause.code
  return code
}

// The last: a prompt that fills the context to its end leaves no token for the answer; the API itself asks for one.
const tooLong = /maximum context length|context length|input_tokens|max_tokens must be at least 1, got 0/i

function fromStatus(
  status: number,
  body: { message: string; param: string | null | undefined },
): [ErrorCode, string] {
  // The upstream's sentence can quote the prompt, so only those known not to are passed on.
  if (status === 429) return ['RATE_LIMITED', 'The model server asks to slow down. Try again in a moment.']
  if (status === 503) return ['UPSTREAM_BUSY', 'The model server is busy. Try again in a moment.']
  if (status === 502 || status === 504)
    return ['UPSTREAM_UNREACHABLE', `A proxy before the model server answered ${status}.`]
  if (status >= 500) return ['UPSTREAM_BROKE_OFF', `The model server failed (HTTP ${status}).`]
  if (status === 401 || status === 403)
    return ['UPSTREAM_REJECTED', `The model server does not accept the API's credentials (HTTP ${status}).`]
  if (status === 404 && body.param === 'model')
    return ['MODEL_NOT_FOUND', 'The model server does not serve this model.']
  if (status === 404)
    return ['UPSTREAM_REJECTED', 'The model server has no chat completions here (HTTP 404). Check VLLM_URL.']
  if (status === 413 || body.param === 'input_tokens' || tooLong.test(body.message))
    return ['CONTEXT_TOO_LONG', 'The messages do not fit the context of the model.']
  if (body.param !== null && body.param !== undefined && body.param.length <= 60)
    return [
      'UPSTREAM_REJECTED',
      `The model server refused the request: ${body.param} is not acceptable to it.`,
    ]
  return ['UPSTREAM_REJECTED', `The model server refused the request (HTTP ${status}).`]
}

/** An error event of a stream that stayed HTTP 200. */
export function fromErrorEvent(event: { code: number; message: string; param: string | null }): CodedError {
  const [code, message] = fromStatus(event.code >= 400 ? event.code : 500, event)
  return new CodedError(code, message)
}

/** The seconds of a `Retry-After` header, in milliseconds. Dates are not used by model servers. */
function retryAfter(headers: Headers | undefined): { retryAfterMs?: number } {
  const seconds = Number(headers?.get('retry-after') ?? Number.NaN)
  return Number.isFinite(seconds) && seconds >= 0 ? { retryAfterMs: Math.min(seconds, 60) * 1000 } : {}
}

/** Maps what the `openai` package or the network threw; a coded error passes through. */
export function toCodedError(error: unknown): CodedError {
  for (const cause of causes(error)) if (cause instanceof CodedError) return cause
  if (error instanceof OpenAI.APIConnectionTimeoutError)
    return new CodedError('UPSTREAM_TIMEOUT', 'The model server did not answer in time.', { cause: error })
  if (error instanceof SyntaxError)
    return new CodedError('UPSTREAM_BROKE_OFF', 'The model server sent what is not JSON.', { cause: error })
  const detail =
    systemCode(error) ?? (error instanceof OpenAI.APIConnectionError ? 'no connection' : undefined)
  if (!(error instanceof OpenAI.APIError) || error instanceof OpenAI.APIConnectionError) {
    if (detail === undefined)
      return new CodedError('INTERNAL', 'Something went wrong in the API.', { cause: error })
    return new CodedError('UPSTREAM_UNREACHABLE', `The model server cannot be reached (${detail}).`, {
      cause: error,
    })
  }
  const headers = error.headers as Headers | undefined
  const [code, message] = fromStatus(Number(error.status ?? 500), {
    message: error.message,
    param: error.param,
  })
  return new CodedError(code, message, { ...retryAfter(headers), cause: error })
}
