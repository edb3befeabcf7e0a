import type { SystemStatus } from './contract.ts'

/**
 * Longest allowed message, in UTF-16 code units. Its type is the API's literal number, so another one does not
 * compile.
 */
export const MAX_MESSAGE_CHARS: SystemStatus['limits']['messageChars'] = 200_000
