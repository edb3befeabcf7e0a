import type { ServerResponse } from 'node:http'
import { API_ERRORS, type ApiErrorCode } from '@slicechat/contract'
import { errorKind } from '@slicechat/model-server'
import type { CodedError } from '../errors.ts'

/** An error as OpenAI's clients read it. */
export interface OpenaiError {
  error: { message: string; type: string; param: string | null; code: ApiErrorCode }
}

/** What the model server says about the caller's own request: it is passed on with its status. */
const isAboutRequest = ({ details: { said } }: CodedError): boolean =>
  said !== undefined &&
  !said.isPage &&
  said.status >= 400 &&
  said.status < 500 &&
  errorKind(said) !== 'unauthorized'

/** The HTTP status: the model server's own, if the error is its. Its view of the API's credentials is none of a caller's. */
export function statusOf(coded: CodedError): number {
  const { said, status } = coded.details
  if (status !== undefined) return status
  if (said === undefined || errorKind(said) === 'unauthorized') return API_ERRORS[coded.code].http
  return said.status >= 400 && said.status <= 599 ? said.status : API_ERRORS[coded.code].http
}

function typeOf(status: number): string {
  if (status === 401) return 'authentication_error'
  if (status === 403) return 'permission_error'
  if (status === 429) return 'rate_limit_error'
  return status >= 500 || status === 408 ? 'server_error' : 'invalid_request_error'
}

/** An error in OpenAI's form, with our code. */
export function toOpenaiError(coded: CodedError): OpenaiError {
  const { said, field } = coded.details
  const passes = isAboutRequest(coded)
  return {
    error: {
      message: (passes ? said?.message : undefined) || coded.message,
      type: typeOf(statusOf(coded)),
      param: field ?? (passes ? said?.fields[0] : undefined) ?? null,
      code: coded.code,
    },
  }
}

/** The headers by which OpenAI's clients decide whether and when to try again. */
export function retryHeaders({ retryable, details }: CodedError): Record<string, string> {
  const { retryAfterMs } = details
  if (!retryable) return { 'x-should-retry': 'false' }
  if (retryAfterMs === undefined) return {}
  return {
    'retry-after': String(Math.ceil(retryAfterMs / 1000)),
    'retry-after-ms': String(Math.round(retryAfterMs)),
  }
}

/** Answers with an error, if the caller is still there. */
export function sendError(
  response: ServerResponse,
  coded: CodedError,
  headers: Record<string, string> = {},
): void {
  if (response.headersSent || response.destroyed) return
  const body = JSON.stringify(toOpenaiError(coded))
  response.writeHead(statusOf(coded), {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
    ...retryHeaders(coded),
    ...headers,
  })
  response.end(body)
}
