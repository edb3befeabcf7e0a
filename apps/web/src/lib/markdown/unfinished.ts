import remend from 'remend'

/** One or two signs under a line may be a list's or a ruler's beginning; they are no heading yet. */
const LONE_MARKER = /\n[ \t]*(?:[-=*+]{1,2}|\d{1,9}[.)]?)[ \t]*$/
const HEADER_LINE = /^ {0,3}\|[^\n]*$/
const HEADER_AND_RULER = /^( {0,3}\|[^\n]*)\n[ \t|:-]*$/

function completeTable(raw: string): string {
  // Half a header would first show as text with bars in it, and then jump.
  if (HEADER_LINE.test(raw)) return ''
  const header = HEADER_AND_RULER.exec(raw)?.[1]
  if (header === undefined) return raw
  const columns = header
    .trim()
    .replace(/^\||\|$/g, '')
    .split(/(?<!\\)\|/).length
  return `${header}\n|${' --- |'.repeat(columns)}`
}

/** A block whose end is still to come, closed so that it looks now as it most likely will. */
export function closeForNow(raw: string): string {
  return remend(completeTable(raw.replace(LONE_MARKER, '')), { linkMode: 'text-only', htmlTags: false })
}
