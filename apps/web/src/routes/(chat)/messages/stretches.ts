/** Number of messages that the browser lays out, draws and skips together. */
export const STRETCH = 8

export interface Stretch<T> {
  /** Index at which the stretch begins in the whole conversation, a multiple of `STRETCH`. */
  readonly from: number
  readonly messages: readonly T[]
}

/**
 * Cuts the end of a conversation, from `start` on, into stretches. A message stays in its stretch when others are added
 * at either end, so that its element stays. Each frame of a growing answer then costs the browser time per stretch,
 * instead of time per message.
 */
export function stretchesOf<T>(messages: readonly T[], start: number): Stretch<T>[] {
  const stretches: Stretch<T>[] = []
  for (let from = start - (start % STRETCH); Math.max(start, from) < messages.length; from += STRETCH)
    stretches.push({ from, messages: messages.slice(Math.max(start, from), from + STRETCH) })
  return stretches
}
