/** As much as one message may hold. */
export const MAX_CHARS = 100_000
export const NEAR_LIMIT = 90_000

type Key = Pick<
  KeyboardEvent,
  'key' | 'shiftKey' | 'ctrlKey' | 'altKey' | 'metaKey' | 'isComposing' | 'keyCode'
>

/**
 * Whether a key press sends the message. Never while an input method composes: Enter picks a candidate
 * there. Safari ends the composition just before that Enter, which then only its key code 229 gives away.
 */
export function sendsOn(event: Key, composing: boolean): boolean {
  if (event.key !== 'Enter' || event.shiftKey || event.altKey) return false
  // eslint-disable-next-line @typescript-eslint/no-deprecated -- nothing newer tells this Enter from any other
  return !composing && !event.isComposing && event.keyCode !== 229
}
