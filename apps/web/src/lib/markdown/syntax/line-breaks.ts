import { columnsOf } from './characters.ts'

/** Who wraps lines wraps them between these columns; verse, addresses and lists of names are shorter. */
const SHORTEST_WRAPPED = 60
const LONGEST_WRAPPED = 120
const SENTENCE_END = /[.!?:;…。！？：；、，][)\]"'”’»）」』*_]*$/
const EAST_ASIAN_END = /[\u1100-\u11ff\u2e80-\ud7ff\uf900-\ufaff\ufe30-\ufe4f\uff00-\uffef][*_]*$/

/**
 * Whether a line ends only because it was full, as in text wrapped at a column: such a line end is a blank (CommonMark's rule
 * for all). Any other is kept, as people who write verse or an address mean it. Decided by the line before alone, so that
 * nothing changes when more text comes.
 */
export function isWrapped(line: string): boolean {
  if (line.length > LONGEST_WRAPPED || line.length < SHORTEST_WRAPPED / 2) return false
  const columns = columnsOf(line)
  if (columns < SHORTEST_WRAPPED || columns > LONGEST_WRAPPED) return false
  return !SENTENCE_END.test(line) && !EAST_ASIAN_END.test(line)
}
