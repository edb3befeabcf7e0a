const WHITESPACE = /\s/
const PUNCTUATION = /[\p{P}\p{S}]/u
// Letters and signs of Chinese, Japanese and Korean, full-width forms among them.
const EAST_ASIAN =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Bopomofo}\p{Script=Yi}\u3000-\u303f\u30fb\u30fc\u3200-\u33ff\ufe10-\ufe1f\ufe30-\ufe6f\uff00-\uffef]/u
const EAST_ASIAN_LETTER =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Bopomofo}\p{Script=Yi}\u30fc]/u

export type Neighbour = 'blank' | 'punctuation' | 'eastAsian' | 'other'

/** Kind of a character beside a run of `*`, `_` or `~`. The ends of the text count as blanks. */
export function neighbour(character: string): Neighbour {
  if (character === '' || WHITESPACE.test(character)) return 'blank'
  const code = character.charCodeAt(0)
  if (code >= 0x11_00 && EAST_ASIAN.test(character)) return 'eastAsian'
  return PUNCTUATION.test(character) ? 'punctuation' : 'other'
}

export const isPunctuation = (character: string): boolean => PUNCTUATION.test(character)
export const isEastAsianLetter = (character: string): boolean => EAST_ASIAN_LETTER.test(character)
/** `，`, `。`, `）`, `」` and the like. */
export const isEastAsianPunctuation = (character: string): boolean =>
  EAST_ASIAN.test(character) && !EAST_ASIAN_LETTER.test(character)

/** The whole character before an index, which may be two code units. */
export function characterBefore(text: string, index: number): string {
  const last = text.charCodeAt(index - 1)
  if (last >= 0xdc_00 && last <= 0xdf_ff) return text.slice(Math.max(0, index - 2), index)
  return text.slice(Math.max(0, index - 1), index)
}

export function characterAt(text: string, index: number): string {
  const code = text.codePointAt(index)
  return code === undefined ? '' : String.fromCodePoint(code)
}

/** Approximate columns of a line in a fixed-width font: East Asian letters take two. */
export function columnsOf(line: string): number {
  let columns = 0
  for (const character of line) columns += character.charCodeAt(0) >= 0x11_00 ? 2 : 1
  return columns
}
