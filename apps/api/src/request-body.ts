import type { IncomingMessage } from 'node:http'
import { CodedError } from './errors.ts'

/** Largest body of a call. The largest input that the limits allow, or several images, still fit. */
export const MAX_BODY_BYTES = 32 * 1024 * 1024
/** Time for what a caller still sends of a body that is too large: who sends does not read the refusal yet. */
const DISCARD_MS = 5_000

/**
 * Reads the body of a request.
 * @param tooLarge makes the error for a body that is larger
 * @throws {CodedError} BAD_INPUT if the caller goes away, and what `tooLarge` makes
 */
export function readBody(request: IncomingMessage, maxBytes: number, tooLarge: () => Error): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const parts: Buffer[] = []
    let size = 0
    const onData = (part: Buffer): void => {
      size += part.length
      if (size <= maxBytes) return void parts.push(part)
      request.off('data', onData)
      discard(request)
      reject(tooLarge())
    }
    request.on('data', onData)
    request.once('end', () => resolve(Buffer.concat(parts)))
    // Nobody is there to read the error.
    request.once('close', () => {
      if (!request.complete) reject(new CodedError('BAD_INPUT', 'The caller sent half a body.'))
    })
    request.on('error', () => {})
  })
}

function discard(request: IncomingMessage): void {
  request.resume()
  const timer = setTimeout(() => request.socket.destroy(), DISCARD_MS)
  timer.unref()
  request.once('close', () => clearTimeout(timer))
}
