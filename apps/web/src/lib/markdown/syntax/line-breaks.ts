import { columnsOf } from './characters.ts'

/** Writers who wrap their lines do so between these columns; verse, addresses and lists of names are shorter. */
const MIN_WRAPPED = 60
const MAX_WRAPPED = 120
const SENTENCE_END = /[.!?:;…。！？：；、，][)\]"'”’»）」』*_]*$/
const EAST_ASIAN_END = /[\u1100-\u11ff\u2e80-\ud7ff\uf900-\ufaff\ufe30-\ufe4f\uff00-\uffef][*_]*$/

/**
 * Whether a line ends only because it was full, as in text wrapped at a column. Such a line end is shown as a blank,
 * which is CommonMark's rule for all. Any other line end is kept, as writers of verse or an address mean it. The line
 * alone decides, so that nothing changes when more text comes.
 */
export function isWrapped(line: string): boolean {
  if (line.length > MAX_WRAPPED || line.length < MIN_WRAPPED / 2) return false
  const columns = columnsOf(line)
  if (columns < MIN_WRAPPED || columns > MAX_WRAPPED) return false
  return !SENTENCE_END.test(line) && !EAST_ASIAN_END.test(line)
}
