const SENTENCE_END = /[.!?…](?=["')\]]*\s)|[。！？]|\n/g

/** Splits the complete sentences off a growing text; the rest waits for more. */
export function takeSentences(text: string): { sentences: string; rest: string } {
  let end = 0
  for (const match of text.matchAll(SENTENCE_END)) end = match.index + match[0].length
  return { sentences: spoken(text.slice(0, end)), rest: text.slice(end) }
}

/** Markdown as it is read out, without the characters that only format. */
function spoken(markdown: string): string {
  return markdown
    .replaceAll(/^\s*(?:#+|[-*+>]|\|?[\s:|-]+\|)\s/gm, '')
    .replaceAll(/[*_`#|~]+/g, '')
    .replaceAll(/!?\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replaceAll(/\s+/g, ' ')
    .trim()
}
