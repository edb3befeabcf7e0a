import { ENGINE_BUSY, ENGINE_DEAD, errorEvent, type ErrorBody } from '../http/http-error.ts'
import type { Exchange } from '../http/exchange.ts'
import type { RequestFault } from './fault.ts'

const ERRORS: Record<number, { type: string; message: string }> = {
  400: { type: 'BadRequestError', message: 'The simulator was told to refuse this request.' },
  404: { type: 'NotFoundError', message: 'The simulator was told not to find this model.' },
  429: { type: 'RateLimitError', message: 'Too many requests.' },
  500: { type: ENGINE_DEAD.type, message: ENGINE_DEAD.message },
  503: { type: ENGINE_BUSY.type, message: ENGINE_BUSY.message },
}

/** The error body for an HTTP status, in vLLM's words if it has any. */
export function errorOf(code: number, message?: string): ErrorBody {
  const known = ERRORS[code] ?? {
    type: code >= 500 ? 'InternalServerError' : 'BadRequestError',
    message: 'Error.',
  }
  return { message: message ?? known.message, type: known.type, param: null, code }
}

/** Applies a fault that comes before any response, for streams and plain requests. @returns whether it did */
export function failBeforeResponse(exchange: Exchange, fault: RequestFault | undefined): boolean {
  if (fault?.kind === 'refuse') {
    exchange.destroy()
    return true
  }
  if (fault?.kind !== 'status') return false
  const retry = fault.retryAfter === undefined ? [] : ['retry-after', String(fault.retryAfter)]
  if (fault.status === 401) exchange.json(401, { error: 'Unauthorized' }, retry)
  else exchange.error(errorOf(fault.status), retry)
  return true
}

/** Refuses a request in the form of a stream: the status is 200, and the only event is the error. */
export function refuseStream(exchange: Exchange, error: ErrorBody): void {
  exchange.events()
  exchange.response.end(`${errorEvent(error)}data: [DONE]\n\n`)
}

/** Applies the counterpart of a mid-stream fault to a plain request. @returns whether it did */
export function failPlainResponse(exchange: Exchange, fault: RequestFault | undefined): boolean {
  switch (fault?.kind) {
    case 'hang':
    case 'stall':
      return true
    case 'reset':
    case 'truncate':
      exchange.destroy()
      return true
    case 'error-event':
      exchange.error(errorOf(fault.code, fault.message))
      return true
    case 'malformed':
      exchange.json(200, '{"id":"chatcmpl-broken","object":"chat.compl')
      return true
    default:
      return false
  }
}
