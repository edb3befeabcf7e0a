import { API_ERRORS } from '@slicechat/contract'
import type { ServerError } from '@slicechat/model-server'
import type { Outcome } from './target.ts'

type Failure = NonNullable<Outcome['error']>

/** OpenSSL's error codes for a certificate whose signer is not trusted here. */
const UNKNOWN_SIGNER = new Set([
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
])

/** Code and message of a network error; the code is the system's (`ECONNREFUSED`) or ours (`CONNECTION_CLOSED`). */
export function errorOf(error: unknown): Failure {
  let code = 'CONNECTION'
  let message = String(error)
  for (let at = error, depth = 0; at instanceof Error && depth < 8; at = at.cause, depth++) {
    const named = (at as NodeJS.ErrnoException).code
    if (typeof named === 'string') code = named
    if (at.message !== '') message = at.message
  }
  // OpenSSL's own message names its source files and spans two lines.
  if (code === 'ERR_SSL_WRONG_VERSION_NUMBER') message = 'what answers there does not speak TLS'
  // After the semicolon Node suggests a remedy of its own; this program has --ca.
  if (UNKNOWN_SIGNER.has(code)) message = `${message.split(';')[0]}; name who signed it with --ca FILE`
  return { code, message }
}

/** Longer messages are cut, since a report has one line for each. */
const MAX_CHARACTERS = 500

/** A server's message, cut to the length that a report shows. */
export const messageOf = (message: string): string => message.slice(0, MAX_CHARACTERS)

/**
 * The code, if it is one of a Slicechat API's: the ledger knows how the API counts each. Not so with `FORBIDDEN`, which may
 * be a refusal, or the end of an answer that an admin stopped.
 */
export const codeOfApi = ({ codes: [code] }: ServerError): string | undefined =>
  code !== undefined && code !== 'FORBIDDEN' && Object.hasOwn(API_ERRORS, code) ? code : undefined

/**
 * The error of a response that is not an answer: the server's message in any of its formats, a web page's
 * title, or the start of the body.
 * @param place where a redirect leads
 */
export function refusalOf(said: ServerError, body: string, place?: string): Failure {
  const { status, isPage, message } = said
  const code = codeOfApi(said) ?? `HTTP_${status}`
  if (place !== undefined) return { code, message: `The server redirects to ${place}.` }
  if (isPage) return { code, message: message === '' ? 'a web page' : `a web page: “${message}”` }
  return { code, message: messageOf(message || body.slice(0, 200)) }
}
