// Estimated lengths: running text has about 4 characters a token, Chinese 1.5, as current tokenizers split it.
// The true count is in the server's usage. Sizes are in twelfths of a token, which add up without rounding.
const TOKEN = 12
const CHARACTER = TOKEN / 4
const HAN_CHARACTER = TOKEN / 1.5

/** Estimated number of tokens of a text. */
export function estimatedTokens(text: string): number {
  let twelfths = 0
  for (let at = 0; at < text.length; at++) twelfths += sizeAt(text, at)
  return twelfths / TOKEN
}

/** The beginning of a text: at most `tokens` tokens by estimate, but at least one word; no word is cut in two. */
export function beginning(text: string, tokens: number): string {
  let end = 0
  for (let rest = tokens * TOKEN; end < text.length; end++) {
    rest -= sizeAt(text, end)
    if (rest < 0) break
  }
  if (end === text.length) return text
  let cut = end
  while (cut > 0 && !isBreak(text, cut)) cut -= 1
  if (text.slice(0, cut).trim() === '') {
    cut = Math.max(1, end)
    while (cut < text.length && !isBreak(text, cut)) cut += 1
  }
  return text.slice(0, cut).trimEnd()
}

const sizeAt = (text: string, at: number) => (isHan(text.charCodeAt(at)) ? HAN_CHARACTER : CHARACTER)

/** Han characters, kana and their punctuation; each takes one UTF-16 unit. */
const isHan = (code: number) =>
  code >= 0x2e80 &&
  (code <= 0x9fff || (code >= 0xf900 && code <= 0xfaff) || (code >= 0xff00 && code <= 0xffef))

/** Whether a text may be cut before a position. */
const isBreak = (text: string, at: number) =>
  /\s/.test(text.charAt(at)) || isHan(text.charCodeAt(at)) || isHan(text.charCodeAt(at - 1))
