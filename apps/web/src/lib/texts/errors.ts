import type { ErrorCode } from '@slicechat/client'

/** Codes whose own message says it best. */
type OwnWords = 'CLIENT_FAILED' | 'EMPTY' | 'RATE_LIMITED'

/** What each error code means to somebody who only wants to chat. A code that nobody explains does not compile. */
const texts: Readonly<Record<string, string>> = {
  API_UNREACHABLE: 'Slicechat’s server does not answer. Check the connection, then try again.',
  BAD_INPUT: 'The server did not accept this input.',
  CONNECTION_LOST: 'The connection was lost while the answer came in.',
  CONTEXT_TOO_LONG: 'The conversation is longer than what this model can read at once.',
  FORBIDDEN: 'This is not allowed from here.',
  INTERNAL: 'Something broke in the server. The operator finds it in the log.',
  MODEL_NOT_FOUND: 'The model server does not offer this model.',
  NOT_FOUND: 'This does not exist any more.',
  QUEUE_FULL: 'Too many people are waiting already. Try again in a moment.',
  QUEUE_TIMEOUT: 'There was no free place for too long. Try again in a moment.',
  SHUTTING_DOWN: 'The server is restarting. Try again in a moment.',
  STORAGE_FULL: 'The server has no room left to keep messages. Its operator has to make room.',
  STORE_UNAVAILABLE: 'The server cannot reach its database just now.',
  UNAUTHENTICATED: 'The server needs a key that this page does not have.',
  UPSTREAM_BROKE_OFF: 'The model server failed before the answer was whole.',
  UPSTREAM_BUSY: 'The model server is too busy at the moment.',
  UPSTREAM_REJECTED: 'The model server refused this request.',
  UPSTREAM_TIMEOUT: 'The model server took too long.',
  UPSTREAM_UNREACHABLE: 'The model server cannot be reached.',
} satisfies Record<Exclude<ErrorCode, OwnWords>, string>

interface Coded {
  code: string
  message: string
}

/** Codes whose message adds detail to the general text, such as which part is too long. */
const WITH_DETAIL = new Set(['BAD_INPUT', 'CONTEXT_TOO_LONG', 'UPSTREAM_BROKE_OFF', 'UPSTREAM_REJECTED'])

/**
 * What the page says about an error.
 * @param hasAccounts whether people sign in here: who is unknown then was signed out, and needs no key
 */
export function errorText({ code, message }: Coded, hasAccounts = false): string {
  if (hasAccounts && code === 'UNAUTHENTICATED') return 'You were signed out meanwhile.'
  const text = Object.hasOwn(texts, code) ? texts[code] : undefined
  if (text === undefined) return message
  return WITH_DETAIL.has(code) && message !== '' ? `${text} ${message}` : text
}
