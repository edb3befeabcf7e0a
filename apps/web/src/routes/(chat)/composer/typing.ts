import { MAX_MESSAGE_CHARS } from '@slicechat/client'

/** From this length on the page says how many characters are left. */
export const NEAR_LIMIT = MAX_MESSAGE_CHARS * 0.9

/** Whether the API would accept this text as a message. */
export const fits = (text: string): boolean => text.trim() !== '' && text.length <= MAX_MESSAGE_CHARS

type Key = Pick<
  KeyboardEvent,
  'key' | 'shiftKey' | 'ctrlKey' | 'altKey' | 'metaKey' | 'isComposing' | 'keyCode'
>

/**
 * Whether a key press sends the message. It never does while an input method composes, since Enter picks a candidate
 * there. Safari ends the composition just before that Enter, which only its key code 229 then gives away.
 */
export function sendsOn(event: Key, composing: boolean): boolean {
  if (event.key !== 'Enter' || event.shiftKey || event.altKey) return false
  // eslint-disable-next-line @typescript-eslint/no-deprecated -- nothing newer tells this Enter from any other
  return !composing && !event.isComposing && event.keyCode !== 229
}
