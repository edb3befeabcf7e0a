import type { InlineSettings } from './inline-settings.ts'
import type { Bracket, Run } from './pieces.ts'
import type { Missing, Scanned } from './link-parts.ts'
import { isMissing, normalLabel, scanLabel, scanLinkTail } from './link-parts.ts'

export interface OpenBracket {
  piece: Bracket
  /** Its index in the list of pieces. */
  index: number
  /** The last emphasis run before it. */
  run: Run | undefined
  /** Whether brackets stand inside it, so that its text is no label. */
  holdsBracket: boolean
}

/**
 * Where a link leads whose text ends at `at`. The result is `unfinished` only for a growing text.
 * @param missing collects the label if it is not defined
 */
export function linkTarget(
  text: string,
  at: number,
  { piece, holdsBracket }: OpenBracket,
  { references, ending }: Pick<InlineSettings, 'references' | 'ending'>,
  missing: Set<string>,
): Scanned | Missing {
  const next = text[at + 1]
  if (next === undefined && ending === 'growing') return 'unfinished'
  const tail = next === '(' ? scanLinkTail(text, at + 1) : 'no'
  if (!isMissing(tail)) return tail
  if (tail === 'unfinished' && ending === 'growing') return tail
  const label = next === '[' ? scanLabel(text, at + 1) : 'no'
  if (label === 'unfinished' && ending === 'growing') return label
  const isFull = !isMissing(label) && label.value.trim() !== ''
  if (!isFull && holdsBracket) return 'no'
  const name = normalLabel(isFull ? label.value : text.slice(piece.at + piece.source.length, at))
  if (name === '') return 'no'
  const value = references.find(name)
  if (value === undefined) missing.add(name)
  return value === undefined ? 'no' : { value, end: isMissing(label) ? at + 1 : label.end }
}
