import type { IncomingMessage } from 'node:http'
import { CodedError } from '../errors.ts'

/** Largest request body, the same as of the typed API: several images fit. */
const MAX_BODY_BYTES = 32 * 1024 * 1024
/** Time for what a caller still sends of a body that is too large: who sends does not read the refusal yet. */
const DISCARD_MS = 5_000

const badInput = (status: number, message: string): CodedError =>
  new CodedError('BAD_INPUT', message, { status })

/** Reads the JSON body of a request. @throws {CodedError} BAD_INPUT for another content type or too many bytes */
export function readBody(request: IncomingMessage): Promise<Buffer> {
  if (!/^application\/json *(;|$)/i.test(request.headers['content-type'] ?? ''))
    return Promise.reject(badInput(415, 'The content type must be application/json.'))
  if (!/^(identity)?$/i.test(request.headers['content-encoding'] ?? ''))
    return Promise.reject(badInput(415, 'The body must not be compressed.'))
  return new Promise((resolve, reject) => {
    const parts: Buffer[] = []
    let size = 0
    const onData = (part: Buffer): void => {
      size += part.length
      if (size <= MAX_BODY_BYTES) return void parts.push(part)
      request.off('data', onData)
      discard(request)
      reject(badInput(413, `The body is larger than ${MAX_BODY_BYTES / 2 ** 20} MiB.`))
    }
    request.on('data', onData)
    request.once('end', () => resolve(Buffer.concat(parts)))
    // Nobody is there to read it.
    request.once('close', () => reject(new CodedError('BAD_INPUT', 'The caller sent half a body.')))
    request.on('error', () => {})
  })
}

function discard(request: IncomingMessage): void {
  request.resume()
  const timer = setTimeout(() => request.socket.destroy(), DISCARD_MS)
  timer.unref()
  request.once('close', () => clearTimeout(timer))
}
