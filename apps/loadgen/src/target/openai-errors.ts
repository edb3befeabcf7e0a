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

/** What a server gives as a message, whatever it is. */
export const messageOf = (given: unknown): string =>
  (typeof given === 'string' ? given : JSON.stringify(given)).slice(0, MOST_CHARACTERS)

/** A response that is no stream: vLLM's body, or the start of whatever a proxy wrote. */
export function refusalOf(status: number, body: string): Failure {
  let message: unknown
  try {
    const { error, detail } = JSON.parse(body) as { error?: { message?: unknown } | string; detail?: unknown }
    message = (typeof error === 'string' ? error : error?.message) ?? detail
  } catch {
    // No JSON: the text itself says more than that it is none.
  }
  return { code: `HTTP_${status}`, message: messageOf(message ?? body.slice(0, 200)) }
}
