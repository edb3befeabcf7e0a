const SENTENCE_END = /[.!?…](?=["')\]]*\s)|[。！？]|\n/g

/** Cuts off the complete sentences of a text that grows; the rest waits for more. */
export function takeSentences(text: string): { sentences: string; rest: string } {
  let end = 0
  for (const match of text.matchAll(SENTENCE_END)) end = match.index + match[0].length
  return { sentences: spoken(text.slice(0, end)), rest: text.slice(end) }
}

/** Markdown as it is read out: without the signs that only format. */
function spoken(markdown: string): string {
  return markdown
    .replaceAll(/^\s*(?:#+|[-*+>]|\|?[\s:|-]+\|)\s/gm, '')
    .replaceAll(/[*_`#|~]+/g, '')
    .replaceAll(/!?\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replaceAll(/\s+/g, ' ')
    .trim()
}
