import type { AppRouter } from '@slicechat/api'
import { TRPCClientError } from '@trpc/client'
import type { ErrorCode } from './contract.ts'

/** Why the API lets a caller do nothing. */
export type Refusal = TRPCClientError<AppRouter>

const TIMEOUT_MS = 5_000
const REFUSALS: ReadonlySet<unknown> = new Set<ErrorCode>(['UNAUTHENTICATED', 'FORBIDDEN'])

interface ErrorBody {
  error?: { message: string; code: number; data: { code?: unknown } }
}

interface Caller {
  /** Absolute URL of the API's tRPC endpoint. */
  url: URL
  apiKey: string | undefined
  fetch: typeof globalThis.fetch
}

/**
 * Asks the API, by a call that every caller may make, whether it refuses this one.
 * @returns `undefined` if it does not, or if it cannot be asked
 */
export async function refusalOf({ url, apiKey, fetch }: Caller): Promise<Refusal | undefined> {
  try {
    const response = await fetch(`${url.href}/system.status`, {
      headers: apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` },
      signal: AbortSignal.timeout(TIMEOUT_MS),
    })
    const text = await response.text()
    if (response.status !== 401 && response.status !== 403) return undefined
    const error = errorIn(text)
    if (error !== undefined && REFUSALS.has(error.data.code)) return TRPCClientError.from({ error })
    // A proxy that answers 403 may mean anything; one that answers 401 asks who calls.
    return response.status === 401 ? TRPCClientError.from({ error: UNKNOWN_CALLER }) : undefined
  } catch {
    return undefined
  }
}

function errorIn(text: string): NonNullable<ErrorBody['error']> | undefined {
  try {
    return (JSON.parse(text) as ErrorBody).error
  } catch {
    return undefined
  }
}

const UNKNOWN_CALLER = {
  message: 'The server asks who calls.',
  code: -32_001,
  data: { code: 'UNAUTHENTICATED', httpStatus: 401, retryable: false },
}
