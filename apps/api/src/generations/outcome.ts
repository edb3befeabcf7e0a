/** Error codes, beside `UPSTREAM_…`, that `chat_upstream_errors_total` counts as errors of the model server. */
const UPSTREAM_CODES: ReadonlySet<string> = new Set(['RATE_LIMITED', 'EMPTY'])
const REFUSAL_CODES: ReadonlySet<string> = new Set(['QUEUE_TIMEOUT', 'SHUTTING_DOWN'])

/** Whether an error is the model server's. */
export const isOfUpstream = (code: string): boolean =>
  code.startsWith('UPSTREAM_') || UPSTREAM_CODES.has(code)

/** Whether an error means that a generation had no turn. */
export const isRefusal = (code: string): boolean => REFUSAL_CODES.has(code)
