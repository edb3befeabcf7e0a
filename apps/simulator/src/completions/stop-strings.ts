/** A text that is released token by token and cut at a stop string. */
export interface Stopped {
  /** The text that each token adds to what the client sees. */
  readonly deltas: string[]
  /** The string that ended the text, if one did. */
  readonly stop: string | undefined
}

/**
 * Releases text as vLLM's detokenizer does. It holds back as many characters as could begin a stop string (the length
 * of the longest minus one). When it finds a stop string, it releases the text before it and nothing after. The text of
 * the first `minTokens` tokens is not searched. With `include`, nothing is held back and the stop string is released.
 */
export function applyStopStrings(
  texts: readonly string[],
  options: { stop: readonly string[]; include: boolean; minTokens: number; ends: boolean },
): Stopped {
  const { stop, include, minTokens } = options
  const longest = Math.max(...stop.map((text) => text.length))
  const heldBack = include ? 0 : longest - 1
  const deltas: string[] = []
  let text = ''
  let sent = 0
  const release = (until: number) => {
    // Never releases half of a surrogate pair.
    const high = text.charCodeAt(until - 1)
    const end = until < text.length && high >= 0xd800 && high <= 0xdbff ? until - 1 : until
    deltas.push(end > sent ? text.slice(sent, end) : '')
    sent = Math.max(sent, end)
  }
  for (const [at, piece] of texts.entries()) {
    const before = text.length
    text += piece
    if (at + 1 > minTokens && piece !== '') {
      const hit = firstStop(text, before, stop)
      if (hit !== undefined) {
        text = text.slice(0, include ? hit.at + hit.stop.length : hit.at)
        release(text.length)
        return { deltas, stop: hit.stop }
      }
    }
    const last = options.ends && at === texts.length - 1
    release(last ? text.length : Math.max(0, text.length - heldBack))
  }
  return { deltas, stop: undefined }
}

function firstStop(text: string, before: number, stop: readonly string[]) {
  for (const candidate of stop) {
    const at = text.indexOf(candidate, Math.max(0, before - candidate.length + 1))
    if (at !== -1) return { at, stop: candidate }
  }
  return undefined
}
