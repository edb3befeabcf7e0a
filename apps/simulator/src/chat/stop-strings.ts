/** A text cut where a stop string ends it, as it is handed out token by token. */
export interface Stopped {
  /** What each token adds to the text that the client sees. */
  readonly deltas: string[]
  /** The string that ended the text, if one did. */
  readonly stop: string | undefined
}

/**
 * Hands out the text as vLLM's detokenizer does: as many characters are held back as could be the start of a stop
 * string (the longest less one), the text up to a found one is released, and nothing of or after it. Text produced
 * within the first `minTokens` tokens is not searched.
 */
export function applyStopStrings(
  texts: readonly string[],
  options: { stop: readonly string[]; include: boolean; minTokens: number; ends: boolean },
): Stopped {
  const { stop, include, minTokens } = options
  const longest = Math.max(...stop.map((text) => text.length))
  const held = include ? 0 : longest - 1
  const deltas: string[] = []
  let text = ''
  let sent = 0
  const release = (until: number) => {
    // Never half of a surrogate pair.
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
    release(last ? text.length : Math.max(0, text.length - held))
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
