import type { Align } from './blocks.ts'

const RULER = /^\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)*(?:\|[ \t]*)?$/
/** A line that may become a ruler. */
const RULER_BEGINNING = /^[ \t|:-]*$/

/** Browsers lay out a table in time that grows with the square of its columns; wider ones stay text. */
const MAX_COLUMNS = 64

/** The cells of a table row. A bar after a backslash is text. */
export function cellsOf(line: string): string[] {
  const cells: string[] = []
  const text = line.trim()
  let start = text.startsWith('|') ? 1 : 0
  let escaped = false
  const push = (end: number) => {
    const cell = text.slice(start, end).trim()
    cells.push(escaped ? cell.replaceAll('\\|', '|') : cell)
    start = end + 1
    escaped = false
  }
  for (let i = start; i < text.length; i++) {
    const sign = text[i]
    if (sign === '\\') {
      if (text[i + 1] === '|') escaped = true
      i++
    } else if (sign === '|') push(i)
  }
  if (start < text.length) push(text.length)
  return cells
}

const alignOf = (cell: string): Align => {
  const [left, right] = [cell.startsWith(':'), cell.endsWith(':')]
  return left && right ? 'center' : left ? 'left' : right ? 'right' : undefined
}

/** Head and alignments, if `ruler` makes `header` the head of a table. */
export function tableHead(header: string, ruler: string): { head: string[]; aligns: Align[] } | undefined {
  if (!ruler.includes('|') || !header.includes('|') || !RULER.test(ruler)) return undefined
  const head = cellsOf(header)
  const aligns = cellsOf(ruler).map(alignOf)
  return head.length === aligns.length && head.length <= MAX_COLUMNS ? { head, aligns } : undefined
}

/** The same for an incomplete ruler. */
export function tableHeadSoFar(
  header: string,
  ruler: string,
): { head: string[]; aligns: Align[] } | undefined {
  if (!RULER_BEGINNING.test(ruler) || !header.startsWith('|')) return undefined
  const head = cellsOf(header)
  return head.length === 0 || head.length > MAX_COLUMNS
    ? undefined
    : { head, aligns: head.map(() => undefined) }
}
