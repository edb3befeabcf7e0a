/** Number of messages that the browser lays out, draws and skips together. */
export const CHUNK = 8

/** Up to `CHUNK` messages in a row. */
export interface MessageChunk<T> {
  /** Index at which the chunk begins in the whole conversation, a multiple of `CHUNK`. */
  readonly from: number
  readonly messages: readonly T[]
}

/**
 * Cuts the end of a conversation, from `start` on, into chunks. A message stays in its chunk when others are added
 * at either end, so that its element stays. Each frame of a growing answer then costs the browser time per chunk,
 * instead of time per message.
 */
export function chunksOf<T>(messages: readonly T[], start: number): MessageChunk<T>[] {
  const chunks: MessageChunk<T>[] = []
  for (let from = start - (start % CHUNK); Math.max(start, from) < messages.length; from += CHUNK)
    chunks.push({ from, messages: messages.slice(Math.max(start, from), from + CHUNK) })
  return chunks
}
