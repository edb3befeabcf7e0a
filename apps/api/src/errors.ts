import { API_ERRORS, type ApiErrorCode, type ErrorShape } from '@slicechat/contract'
import type { ServerError } from '@slicechat/model-server'
import { TRPCError } from '@trpc/server'
import { isFull } from './storage-full.ts'
import { isUnavailable } from './store-unavailable.ts'

interface ErrorDetails {
  /** Path of the offending input, such as `messages.0.content`. */
  field?: string
  retryAfterMs?: number
  cause?: unknown
  /** The HTTP status of the error at `/v1`, where it is not that of the code. */
  status?: number
  /** The model server's own error, which can quote the prompt: it is for the caller alone, never for a log. */
  said?: ServerError
}

/** An error that a caller is meant to see. Its message never holds message text, a stack or a secret. */
export class CodedError extends Error {
  declare private readonly brand: never
  readonly code: ApiErrorCode
  readonly details: ErrorDetails

  constructor(code: ApiErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, { cause: details.cause })
    this.name = 'CodedError'
    this.code = code
    this.details = details
  }

  get retryable(): boolean {
    return API_ERRORS[this.code].retryable
  }

  shape(): ErrorShape {
    return { code: this.code, message: this.message, retryable: this.retryable }
  }

  toTRPC(): TRPCError {
    return new TRPCError({ code: API_ERRORS[this.code].trpc, message: this.message, cause: this })
  }
}

/** The caller is nobody that the API knows. */
export const unauthenticated = (): CodedError =>
  new CodedError('UNAUTHENTICATED', 'A valid bearer key is needed.')

/** Codes of errors that the operator has to fix: each occurrence is logged with its cause. */
export const OPERATOR_ERRORS: ReadonlySet<ApiErrorCode> = new Set([
  'STORAGE_FULL',
  'STORE_UNAVAILABLE',
  'INTERNAL',
])

/** Wraps an unexpected error in a coded one that is safe to show to the caller. */
export function unexpected(cause: unknown): CodedError {
  if (isFull(cause))
    return new CodedError('STORAGE_FULL', 'The server has no room left to keep messages.', { cause })
  return isUnavailable(cause)
    ? new CodedError('STORE_UNAVAILABLE', 'The server cannot reach its database just now.', { cause })
    : new CodedError('INTERNAL', 'Something went wrong in the API.', { cause })
}
