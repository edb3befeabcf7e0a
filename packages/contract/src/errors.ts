/**
 * How the API counts a request that fails with an error, in `chat_requests_total{status}`. `not`: it is refused before it becomes
 * a generation. `unknown`: that depends on when it fails, or the API does not see the failure.
 */
export type Counted = 'not' | 'rejected' | 'error' | 'unknown'

interface ErrorDefinition {
  /** HTTP status; `null` for an error that is never sent. */
  http: number | null
  /** Whether the same call may succeed later without any change. */
  retryable: boolean
  counted: Counted
  /** Description for docs/errors.md. */
  meaning: string
}

interface ApiErrorDefinition extends ErrorDefinition {
  http: number
  /** tRPC's code, which has the same HTTP status. */
  trpc: string
}

/** Every error of the API. `docs/errors.md` mirrors this table; a test compares them. */
export const API_ERRORS = {
  BAD_INPUT: {
    trpc: 'BAD_REQUEST',
    http: 400,
    retryable: false,
    counted: 'not',
    meaning: 'The input is missing, too large or of the wrong type; `field` names the part.',
  },
  UNAUTHENTICATED: {
    trpc: 'UNAUTHORIZED',
    http: 401,
    retryable: false,
    counted: 'not',
    meaning: 'The API needs a session or a bearer key and got none, or one that is not valid.',
  },
  FORBIDDEN: {
    trpc: 'FORBIDDEN',
    http: 403,
    retryable: false,
    counted: 'not',
    meaning: 'The caller is known but may not do this (a foreign `Origin`, for one).',
  },
  NOT_FOUND: {
    trpc: 'NOT_FOUND',
    http: 404,
    retryable: false,
    counted: 'not',
    meaning: 'There is no such conversation, message, generation, run or procedure for this caller.',
  },
  MODEL_NOT_FOUND: {
    trpc: 'NOT_FOUND',
    http: 404,
    retryable: false,
    counted: 'error',
    meaning: 'The model server does not serve this model.',
  },
  CONTEXT_TOO_LONG: {
    trpc: 'PAYLOAD_TOO_LARGE',
    http: 413,
    retryable: false,
    counted: 'error',
    meaning: 'The messages do not fit the context of the model.',
  },
  RATE_LIMITED: {
    trpc: 'TOO_MANY_REQUESTS',
    http: 429,
    retryable: true,
    // At the end of an answer it is the model server's, and an error; `chat_upstream_errors_total` has its code.
    counted: 'rejected',
    meaning:
      'A budget is used up (the message names the limit, `retryAfterMs` the wait), or the model server asks for fewer requests (429).',
  },
  QUEUE_FULL: {
    trpc: 'TOO_MANY_REQUESTS',
    http: 429,
    retryable: true,
    counted: 'rejected',
    meaning: '`MAX_QUEUED` generations wait already; `retryAfterMs` says when to try again.',
  },
  QUEUE_TIMEOUT: {
    trpc: 'TIMEOUT',
    http: 408,
    retryable: true,
    counted: 'rejected',
    meaning: 'The generation waited for `QUEUE_TIMEOUT_S` without a turn.',
  },
  UPSTREAM_UNREACHABLE: {
    trpc: 'BAD_GATEWAY',
    http: 502,
    retryable: true,
    counted: 'error',
    meaning: 'No connection to the model server (refused, reset before an answer, no route, tunnel down).',
  },
  UPSTREAM_BUSY: {
    trpc: 'SERVICE_UNAVAILABLE',
    http: 503,
    retryable: true,
    counted: 'error',
    meaning: 'The model server turned the request away for now (HTTP 503, or the same as an error event).',
  },
  UPSTREAM_TIMEOUT: {
    trpc: 'GATEWAY_TIMEOUT',
    http: 504,
    retryable: true,
    counted: 'error',
    meaning: 'No first token within `FIRST_TOKEN_TIMEOUT_S`, or silence for `STALL_TIMEOUT_S` after it.',
  },
  UPSTREAM_REJECTED: {
    trpc: 'BAD_GATEWAY',
    http: 502,
    retryable: false,
    counted: 'error',
    meaning:
      'The model server refused the request as such (HTTP 400, 401, 403, 404, 422), or is elsewhere (a redirect).',
  },
  UPSTREAM_BROKE_OFF: {
    trpc: 'BAD_GATEWAY',
    http: 502,
    retryable: true,
    counted: 'error',
    meaning: 'The model server failed or its stream broke; the text so far is kept.',
  },
  EMPTY: {
    trpc: 'BAD_GATEWAY',
    http: 502,
    retryable: true,
    counted: 'error',
    meaning: 'The model ended its answer without any text; the message names what came instead.',
  },
  SHUTTING_DOWN: {
    trpc: 'SERVICE_UNAVAILABLE',
    http: 503,
    retryable: true,
    counted: 'rejected',
    meaning: 'The API is draining before it stops; another instance, or this one restarted, will serve.',
  },
  STORAGE_FULL: {
    trpc: 'SERVICE_UNAVAILABLE',
    http: 503,
    retryable: true,
    counted: 'rejected',
    meaning: 'The volume of the store has no room left: nothing new is begun until the operator makes room.',
  },
  STORE_UNAVAILABLE: {
    trpc: 'SERVICE_UNAVAILABLE',
    http: 503,
    retryable: true,
    counted: 'rejected',
    meaning:
      'The database cannot be reached just now; running answers go on, and are stored when it is back.',
  },
  INTERNAL: {
    trpc: 'INTERNAL_SERVER_ERROR',
    http: 500,
    retryable: false,
    counted: 'unknown',
    meaning: 'A defect of the API; the log line with the request id has the details.',
  },
} as const satisfies Record<string, ApiErrorDefinition>

/** Errors that only a client can meet, because they happen between it and the API. */
export const CLIENT_ERRORS = {
  API_UNREACHABLE: {
    // The web server answers with this status when it does not reach the API.
    http: 502,
    retryable: true,
    counted: 'unknown',
    meaning: 'There is no connection to the API.',
  },
  CONNECTION_LOST: {
    http: null,
    retryable: true,
    counted: 'unknown',
    meaning: 'A stream broke and could not be resumed within a minute.',
  },
  CLIENT_FAILED: {
    http: null,
    retryable: true,
    counted: 'unknown',
    meaning: 'A defect of the client or the page, or a feature that the browser withholds.',
  },
} as const satisfies Record<string, ErrorDefinition>

/** Every code of an error that the API sends. */
export type ApiErrorCode = keyof typeof API_ERRORS
/** Every code of an error that a client can get. */
export type ErrorCode = ApiErrorCode | keyof typeof CLIENT_ERRORS

/** The error as the caller sees it: `data` of a failed call, or `error` of a `finished` event. */
export interface ErrorShape {
  code: ApiErrorCode
  message: string
  retryable: boolean
}
