import { ChatError } from '@slicechat/client'
import type { ErrorCode } from '@slicechat/contract'

/** What the API replies to a call about a session. */
export interface AuthReply {
  /** Where the browser has to go next, such as to a provider. */
  url?: string | undefined
}

/** A refusal, as the API itself or its library for sessions writes it. */
interface Refusal {
  code?: string
  message?: string
  error?: { code: ErrorCode; message: string; retryable: boolean; retryAfterMs?: number }
}

async function json<T>(response: Response): Promise<T | undefined> {
  try {
    return (await response.json()) as T
  } catch {
    return undefined
  }
}

/** The time to wait, in milliseconds: what the API says, else the whole seconds that a proxy says in a header. */
function waitOf({ headers }: Response, refusal: Refusal | undefined): { retryAfterMs?: number } {
  const { retryAfterMs } = refusal?.error ?? {}
  if (retryAfterMs !== undefined) return { retryAfterMs }
  const seconds = Number(headers.get('retry-after') ?? headers.get('x-retry-after') ?? Number.NaN)
  return Number.isFinite(seconds) ? { retryAfterMs: seconds * 1_000 } : {}
}

const CODES: Readonly<Record<number, ErrorCode>> = {
  400: 'BAD_INPUT',
  401: 'UNAUTHENTICATED',
  403: 'FORBIDDEN',
  404: 'NOT_FOUND',
  429: 'RATE_LIMITED',
  502: 'API_UNREACHABLE',
  503: 'SHUTTING_DOWN',
}

/**
 * Calls the API about a session: to begin or to end one. These are not calls of the typed API, since they set cookies.
 * @throws {ChatError}
 */
export async function callAuth(basePath: string, path: string, body: object): Promise<AuthReply> {
  let response: Response
  try {
    response = await fetch(`${basePath}api/auth/${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
  } catch (error) {
    throw new ChatError('The chat server cannot be reached.', UNREACHABLE, error)
  }
  if (response.ok) return (await json<AuthReply>(response)) ?? {}
  const refusal = await json<Refusal>(response)
  const { error } = refusal ?? {}
  const code = error?.code ?? CODES[response.status] ?? 'INTERNAL'
  const message = error?.message ?? refusal?.message ?? ''
  throw new ChatError(message, { code, retryable: error?.retryable ?? false, ...waitOf(response, refusal) })
}

/** Prolongs the session of this browser, which otherwise ends a fixed time after the sign-in. A failure is no news. */
export async function prolongSession(basePath: string): Promise<void> {
  await fetch(`${basePath}api/auth/get-session`).catch(() => undefined)
}

const UNREACHABLE = { code: 'API_UNREACHABLE', retryable: true } as const
