/** Characters to a token of running text, as today's tokenizers cut it; an estimate, the true count is in the usage. */
const CHARACTERS_A_TOKEN = 4
const HAN_CHARACTERS_A_TOKEN = 1.5
/** Han characters, kana and the punctuation set with them; none of them takes two UTF-16 units. */
const HAN = /[\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef]/
const ALL_HAN = new RegExp(HAN, 'g')

/** How many tokens a text has, about. */
export function estimatedTokens(text: string): number {
  const han = text.match(ALL_HAN)?.length ?? 0
  return han / HAN_CHARACTERS_A_TOKEN + (text.length - han) / CHARACTERS_A_TOKEN
}

/** The beginning of a text, at most so many tokens long by estimate, at least a word: no word is cut in two. */
export function beginning(text: string, tokens: number): string {
  if (estimatedTokens(text) <= tokens) return text
  let end = 0
  let rest = tokens
  while (end < text.length) {
    rest -= 1 / (isHan(text[end]) ? HAN_CHARACTERS_A_TOKEN : CHARACTERS_A_TOKEN)
    if (rest < 0) break
    end += 1
  }
  let cut = end
  while (cut > 0 && !isBreak(text, cut)) cut -= 1
  if (cut > 0) return text.slice(0, cut).trimEnd()
  cut = Math.max(1, end)
  while (cut < text.length && !isBreak(text, cut)) cut += 1
  return text.slice(0, cut).trimEnd()
}

const isHan = (character: string | undefined) => character !== undefined && HAN.test(character)

/** Whether a text may be cut before a position. */
function isBreak(text: string, at: number): boolean {
  return /\s/.test(text[at] ?? ' ') || isHan(text[at]) || isHan(text[at - 1])
}
