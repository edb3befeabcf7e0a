import { TRPCError } from '@trpc/server'
import type { TRPC_ERROR_CODE_KEY } from '@trpc/server'
import { isFull } from './storage-full.ts'

interface ErrorDefinition {
  /** tRPC's code; it decides the HTTP status too. */
  trpc: TRPC_ERROR_CODE_KEY
  http: number
  /** Whether the same call may succeed later without any change. */
  retryable: boolean
  /** Description for the table in docs/errors.md. */
  meaning: string
}

/** Every error that a caller can meet. `docs/errors.md` mirrors this table; a test compares them. */
export const errorTable = {
  BAD_INPUT: {
    trpc: 'BAD_REQUEST',
    http: 400,
    retryable: false,
    meaning: 'The input is missing, too large or of the wrong type; `field` names the part.',
  },
  UNAUTHENTICATED: {
    trpc: 'UNAUTHORIZED',
    http: 401,
    retryable: false,
    meaning: 'The API needs a bearer key and got none, or an unknown one.',
  },
  FORBIDDEN: {
    trpc: 'FORBIDDEN',
    http: 403,
    retryable: false,
    meaning: 'The caller is known but may not do this (a foreign `Origin`, for one).',
  },
  NOT_FOUND: {
    trpc: 'NOT_FOUND',
    http: 404,
    retryable: false,
    meaning: 'There is no such conversation, message, generation, run or procedure for this caller.',
  },
  MODEL_NOT_FOUND: {
    trpc: 'NOT_FOUND',
    http: 404,
    retryable: false,
    meaning: 'The model server does not serve this model.',
  },
  CONTEXT_TOO_LONG: {
    trpc: 'PAYLOAD_TOO_LARGE',
    http: 413,
    retryable: false,
    meaning: 'The messages do not fit the context of the model.',
  },
  RATE_LIMITED: {
    trpc: 'TOO_MANY_REQUESTS',
    http: 429,
    retryable: true,
    meaning: 'The model server asks for fewer requests (HTTP 429).',
  },
  QUEUE_FULL: {
    trpc: 'TOO_MANY_REQUESTS',
    http: 429,
    retryable: true,
    meaning: '`MAX_QUEUED` generations wait already; `retryAfterMs` says when to try again.',
  },
  QUEUE_TIMEOUT: {
    trpc: 'TIMEOUT',
    http: 408,
    retryable: true,
    meaning: 'The generation waited for `QUEUE_TIMEOUT_S` without a turn.',
  },
  UPSTREAM_UNREACHABLE: {
    trpc: 'BAD_GATEWAY',
    http: 502,
    retryable: true,
    meaning: 'No connection to the model server (refused, reset before an answer, no route, tunnel down).',
  },
  UPSTREAM_BUSY: {
    trpc: 'SERVICE_UNAVAILABLE',
    http: 503,
    retryable: true,
    meaning: 'The model server turned the request away for now (HTTP 503, or the same as an error event).',
  },
  UPSTREAM_TIMEOUT: {
    trpc: 'GATEWAY_TIMEOUT',
    http: 504,
    retryable: true,
    meaning: 'No first token within `FIRST_TOKEN_TIMEOUT_S`, or silence for `STALL_TIMEOUT_S` after it.',
  },
  UPSTREAM_REJECTED: {
    trpc: 'BAD_GATEWAY',
    http: 502,
    retryable: false,
    meaning:
      'The model server refused the request as such (HTTP 400, 401, 403, 404, 422), or is elsewhere (a redirect).',
  },
  UPSTREAM_BROKE_OFF: {
    trpc: 'BAD_GATEWAY',
    http: 502,
    retryable: true,
    meaning: 'The model server failed or its stream broke; the text so far is kept.',
  },
  EMPTY: {
    trpc: 'BAD_GATEWAY',
    http: 502,
    retryable: true,
    meaning: 'The model ended its answer without any text; the message names what came instead.',
  },
  SHUTTING_DOWN: {
    trpc: 'SERVICE_UNAVAILABLE',
    http: 503,
    retryable: true,
    meaning: 'The API is draining before it stops; another instance, or this one restarted, will serve.',
  },
  STORAGE_FULL: {
    trpc: 'SERVICE_UNAVAILABLE',
    http: 503,
    retryable: true,
    meaning: 'The volume of `DATA_DIR` has no room left: nothing new is begun until the operator makes room.',
  },
  INTERNAL: {
    trpc: 'INTERNAL_SERVER_ERROR',
    http: 500,
    retryable: false,
    meaning: 'A defect of the API; the log line with the request id has the details.',
  },
} as const satisfies Record<string, ErrorDefinition>

export type ErrorCode = keyof typeof errorTable

/** The error as the caller sees it: `data` of a failed call, or `error` of a `finished` event. */
export interface ErrorShape {
  code: ErrorCode
  message: string
  retryable: boolean
}

interface ErrorDetails {
  /** Path of the offending input, such as `messages.0.content`. */
  field?: string
  retryAfterMs?: number
  cause?: unknown
}

/** An error that a caller is meant to see. Its message never holds message text, a stack or a secret. */
export class CodedError extends Error {
  declare private readonly brand: never
  readonly code: ErrorCode
  readonly details: ErrorDetails

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, { cause: details.cause })
    this.name = 'CodedError'
    this.code = code
    this.details = details
  }

  get retryable(): boolean {
    return errorTable[this.code].retryable
  }

  shape(): ErrorShape {
    return { code: this.code, message: this.message, retryable: this.retryable }
  }

  toTRPC(): TRPCError {
    return new TRPCError({ code: errorTable[this.code].trpc, message: this.message, cause: this })
  }
}

/** Codes of errors that the operator has to fix: each occurrence is logged with its cause. */
export const operatorErrors: ReadonlySet<ErrorCode> = new Set(['STORAGE_FULL', 'INTERNAL'])

/** Wraps an unexpected error in a coded one that is safe to show to the caller. */
export function unexpected(cause: unknown): CodedError {
  return isFull(cause)
    ? new CodedError('STORAGE_FULL', 'The server has no room left to keep messages.', { cause })
    : new CodedError('INTERNAL', 'Something went wrong in the API.', { cause })
}
