import { TRPCClientError } from '@trpc/client'
import type { ErrorCode } from './contract.ts'

interface ErrorData {
  code: ErrorCode
  retryable: boolean
  field?: string
  retryAfterMs?: number
}

/** Every failure of a call or a stream. `code` is stable; `message` is for people. */
export class ChatError extends Error {
  declare private readonly brand: never
  readonly code: ErrorCode
  /** Whether the same call may succeed later without any change. */
  readonly retryable: boolean
  /** The part of the input that is wrong, such as `messages.0.content`. */
  readonly field: string | undefined
  /** How long to wait before a retry, where the API said so. */
  readonly retryAfterMs: number | undefined

  constructor(message: string, data: ErrorData, cause?: unknown) {
    super(message, { cause })
    this.name = 'ChatError'
    this.code = data.code
    this.retryable = data.retryable
    this.field = data.field
    this.retryAfterMs = data.retryAfterMs
  }
}

function isErrorData(data: unknown): data is ErrorData {
  return (
    typeof data === 'object' &&
    data !== null &&
    typeof (data as ErrorData).code === 'string' &&
    'retryable' in data
  )
}

/**
 * Converts anything thrown into a {@link ChatError}: an error of the API keeps its code, a network failure becomes
 * `API_UNREACHABLE`, and everything else (a defect, or a feature that the runtime withholds) `CLIENT_FAILED`.
 */
export function toChatError(error: unknown): ChatError {
  if (error instanceof ChatError) return error
  if (!(error instanceof TRPCClientError)) {
    const words = error instanceof Error ? error.message : Object.prototype.toString.call(error)
    const data = { code: 'CLIENT_FAILED', retryable: true } as const
    return new ChatError(`Something broke on this side: ${words}`, data, error)
  }
  const data: unknown = error.data
  if (isErrorData(data)) return new ChatError(error.message, data, error)
  return new ChatError(
    'The chat server cannot be reached.',
    { code: 'API_UNREACHABLE', retryable: true },
    error,
  )
}
