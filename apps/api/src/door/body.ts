import type { IncomingMessage } from 'node:http'
import { CodedError } from '../errors.ts'
import { MAX_BODY_BYTES, readBody } from '../request-body.ts'

const badInput = (status: number, message: string): CodedError =>
  new CodedError('BAD_INPUT', message, { status })

/** Reads the JSON body of a request. @throws {CodedError} BAD_INPUT for another content type or too many bytes */
export async function readJsonBody(request: IncomingMessage): Promise<Buffer> {
  if (!/^application\/json *(;|$)/i.test(request.headers['content-type'] ?? ''))
    throw badInput(415, 'The content type must be application/json.')
  if (!/^(identity)?$/i.test(request.headers['content-encoding'] ?? ''))
    throw badInput(415, 'The body must not be compressed.')
  return readBody(request, MAX_BODY_BYTES, () =>
    badInput(413, `The body is larger than ${MAX_BODY_BYTES / 2 ** 20} MiB.`),
  )
}
