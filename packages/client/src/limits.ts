import type { SystemStatus } from './contract.ts'

/** As much as one message may hold, in UTF-16 code units. Its type is the API's own number: another does not compile. */
export const MAX_MESSAGE_CHARS: SystemStatus['limits']['messageChars'] = 200_000
