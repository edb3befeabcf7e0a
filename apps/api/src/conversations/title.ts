const MAX_CHARS = 60

/** Markdown marks at the start of a line: headings, quotes, items of unnumbered lists, check boxes. */
const LEADING = /^(?:(?:#{1,6}|>+|[-*+•])\s+|>+|\[[ xX]\]\s+)+/

/** A line that consists of a mark: a fence with its language, a rule, the underline of a heading. */
const ONLY_MARKS = /^(?:[`~]{3,}[\w+#.-]*|[-*_=\s]{3,}|[#>*+-]+)$/

/** Marks in pairs around text, as CommonMark reads them; a lone `*` or an `_` inside a word is text. */
const PAIRED: [RegExp, string][] = [
  [/!?\[([^\]]*)\]\([^()\s]*(?:\s+"[^"]*")?\)/g, '$1'],
  [/(`+)(?!`)(.+?)(?<!`)\1(?!`)/g, '$2'],
  [/(?<![\w*)])(\*{1,3})(?=\S)([^*]+?)(?<=\S)\1/g, '$2'],
  [/(?<![\w_])(_{1,3})(?=[^\s_])([^_]*\s[^_]*?)(?<=[^\s_])\1(?![\w_])/g, '$2'],
  [/~~(?=\S)([^~]+?)(?<=\S)~~/g, '$1'],
]

/** Invisible characters: controls, and those that change the direction of the text after them. */
const INVISIBLE = /[\p{Cc}\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]+/gu

function plain(line: string): string {
  let text = line.replaceAll(INVISIBLE, ' ').trim().replace(LEADING, '')
  for (const [mark, content] of PAIRED) text = text.replaceAll(mark, content)
  return text.replaceAll(/\s+/g, ' ').trim()
}

/** The initial title of a conversation: the first line of the question that has text, without Markdown, cut at a word. */
export function titleOf(content: string): string {
  for (const line of content.slice(0, 2_000).split('\n')) {
    if (ONLY_MARKS.test(line.trim())) continue
    const text = plain(line)
    if (text !== '') return shortened(text)
  }
  return 'New conversation'
}

function shortened(text: string): string {
  const characters = Array.from(text)
  if (characters.length <= MAX_CHARS) return text
  const cut = characters.slice(0, MAX_CHARS).join('')
  return `${cut.replace(/\s+\S{0,15}$/, '')}…`
}
