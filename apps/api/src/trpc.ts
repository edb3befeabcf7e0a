import { type ApiErrorCode, API_ERRORS, omitUndefined, type Scope } from '@slicechat/contract'
import { initTRPC, TRPCError } from '@trpc/server'
import { ZodError } from 'zod'
import { allows, type Principal } from './access/access.ts'
import { rateLimitHeaders } from './access/budgets/rate-limit-headers.ts'
import { CodedError, unauthenticated, unexpected } from './errors.ts'
import type { Accepted } from './generations/generation.ts'
import type { EventWriter } from './generations/log.ts'
import type { ServicesOf } from './services.ts'
import type { Visitors } from './accounts/visitors.ts'

/** The context of every call: who makes it, and the door to the services. */
export interface Context extends Accepted {
  /** `undefined` for somebody unknown, who may call open procedures only. */
  principal: Principal | undefined
  servicesOf: ServicesOf
  /** Adds headers to the HTTP response; absent over a socket. */
  addHeaders?: ((headers: readonly [string, string][]) => void) | undefined
  /** What anybody may do, signed in or not. */
  visitors: Visitors
  /** The address that the call comes from. */
  address: string
  /** The number of streams that are open on the call's socket. WebSocket only. */
  openStreams?: { count: number } | undefined
  /** The writer of a call in the reader's socket. WebSocket only: over SSE the stream itself has backpressure. */
  writerOf?: ((rawInput: unknown) => EventWriter) | undefined
}

/** Our messages for errors that tRPC raises itself. tRPC's own messages can quote the input. */
const OWN_MESSAGES: Partial<
  Record<TRPCError['code'], [code: ApiErrorCode, message: string, field?: string]>
> = {
  PARSE_ERROR: ['BAD_INPUT', 'The request is not valid JSON of the expected form.'],
  BAD_REQUEST: ['BAD_INPUT', 'The input is not valid.'],
  NOT_FOUND: ['NOT_FOUND', 'There is no such procedure.'],
  METHOD_NOT_SUPPORTED: [
    'BAD_INPUT',
    'This procedure is called in another way (query, mutation or subscription).',
  ],
  UNSUPPORTED_MEDIA_TYPE: ['BAD_INPUT', 'The content type must be application/json.'],
  PAYLOAD_TOO_LARGE: ['BAD_INPUT', 'The request is too large.', 'input'],
  UNAUTHORIZED: ['UNAUTHENTICATED', 'A valid bearer key is needed.'],
}

/** An error with the path (such as `messages.0.content`) and the message of zod's first issue. */
function fromZod(error: ZodError): CodedError {
  const issue = error.issues[0]
  const path = issue?.path.map(String).join('.') ?? ''
  const unknown = issue?.code === 'unrecognized_keys' ? issue.keys[0] : undefined
  const field = [path, unknown].filter((part) => part !== undefined && part !== '').join('.')
  return new CodedError(
    'BAD_INPUT',
    `${field === '' ? 'The input' : field}: ${issue?.message ?? 'invalid'}`,
    {
      field: field === '' ? 'input' : field,
    },
  )
}

/** Converts any error into a coded one. */
export function toCoded(error: unknown): CodedError {
  if (error instanceof CodedError) return error
  const cause = error instanceof TRPCError ? error.cause : undefined
  if (cause instanceof CodedError) return cause
  if (cause instanceof ZodError) return fromZod(cause)
  const words = error instanceof TRPCError ? OWN_MESSAGES[error.code] : undefined
  if (words !== undefined) {
    const [code, message, field] = words
    return new CodedError(code, message, { cause: error, ...omitUndefined({ field }) })
  }
  return unexpected(cause ?? error)
}

const t = initTRPC.context<Context>().create({
  isDev: false,
  errorFormatter: ({ shape, error }) => {
    const coded = toCoded(error)
    const { field, retryAfterMs } = coded.details
    return {
      ...shape,
      message: coded.message,
      data: {
        code: coded.code,
        httpStatus: API_ERRORS[coded.code].http,
        retryable: coded.retryable,
        ...omitUndefined({ field, retryAfterMs }),
      },
    }
  },
  sse: {
    // Pings keep proxies from closing a quiet stream, and reveal readers that are gone.
    ping: { enabled: true, intervalMs: 15_000 },
    client: { reconnectAfterInactivityMs: 40_000 },
  },
})

export const router = t.router

/** The result of a procedure, whose coded error becomes a tRPC error, so that it has its HTTP status. */
function coded<Result extends { ok: boolean; error?: TRPCError }>(result: Result): Result {
  if (!result.ok && result.error?.cause instanceof CodedError) throw result.error.cause.toTRPC()
  return result
}

/** A procedure that anyone may call. */
const open = t.procedure.use(async ({ next }) => coded(await next()))

/**
 * A procedure with the services of its caller, for callers with a scope. It is one step and not two, since tRPC copies the
 * context in each.
 * @param isStart whether the HTTP response says what is left of the caller's budgets, as that of every start does
 */
const scoped = (scope: Scope, isStart = false) =>
  t.procedure.use(async ({ ctx, next }) => {
    const { principal, servicesOf, addHeaders } = ctx
    if (principal === undefined) throw unauthenticated().toTRPC()
    if (!allows(principal.scopes, scope))
      throw new CodedError('FORBIDDEN', `This needs the scope \`${scope}\`.`).toTRPC()
    const services = servicesOf(principal, ctx.address)
    const result = await next({ ctx: { principal, services } })
    if (isStart && addHeaders !== undefined) {
      const retryAfterMs = result.ok ? undefined : toCoded(result.error).details.retryAfterMs
      addHeaders(rateLimitHeaders(await services.budget(), retryAfterMs))
    }
    return coded(result)
  })

/** Every procedure is made of one of these, so that none can lack its scope. */
export const procedures = {
  open,
  read: scoped('read'),
  chat: scoped('chat'),
  start: scoped('chat', true),
  runs: scoped('runs'),
  admin: scoped('admin'),
}
