import type { ServerError } from '@slicechat/model-server'
import type { Outcome } from './target.ts'

type Failure = NonNullable<Outcome['error']>

/** What OpenSSL says of a certificate whose signer is not known here. */
const UNKNOWN_SIGNER = new Set([
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
])

/** What the network said, with the system's code (`ECONNREFUSED`) or ours (`CONNECTION_CLOSED`). */
export function errorOf(error: unknown): Failure {
  let code = 'CONNECTION'
  let message = String(error)
  for (let at = error, depth = 0; at instanceof Error && depth < 8; at = at.cause, depth++) {
    const named = (at as NodeJS.ErrnoException).code
    if (typeof named === 'string') code = named
    if (at.message !== '') message = at.message
  }
  // OpenSSL tells this in terms of its sources, over two lines.
  if (code === 'ERR_SSL_WRONG_VERSION_NUMBER') message = 'what answers there does not speak TLS'
  // Node adds another way, which this program does not need.
  if (UNKNOWN_SIGNER.has(code)) message = `${message.split(';')[0]}; name who signed it with --ca FILE`
  return { code, message }
}

/** Longer messages are cut: a report has a line for one. */
const MOST_CHARACTERS = 500

/** A server's sentence, as a report tells it. */
export const messageOf = (message: string): string => message.slice(0, MOST_CHARACTERS)

/**
 * A response that is no answer: the server's error in whichever shape, a web page's title, or the start of what was
 * written.
 * @param place where a redirect leads
 */
export function refusalOf(said: ServerError, body: string, place?: string): Failure {
  const { status, isPage, message } = said
  const code = `HTTP_${status}`
  if (place !== undefined) return { code, message: `The server redirects to ${place}.` }
  if (isPage) return { code, message: message === '' ? 'a web page' : `a web page: “${message}”` }
  return { code, message: messageOf(message || body.slice(0, 200)) }
}
