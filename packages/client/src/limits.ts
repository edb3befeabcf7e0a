import { LIMITS } from '@slicechat/contract'

/** Longest allowed message, in UTF-16 code units. */
export const MAX_MESSAGE_CHARS = LIMITS.messageChars
