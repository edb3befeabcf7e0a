/**
 * The cells of a line of CSV (RFC 4180), without surrounding spaces. A quoted cell may hold commas and
 * doubled quotes, but no line break: the traces have none.
 * @returns `undefined` if a quote is not closed, or something follows it
 */
export function csvCells(text: string): string[] | undefined {
  if (!text.includes('"')) return text.split(',').map((cell) => cell.trim())
  const cells: string[] = []
  const cell = /\s*(?:"((?:[^"]|"")*)"\s*|([^",]*))(,|$)/y
  for (;;) {
    const found = cell.exec(text)
    if (found === null) return undefined
    const [, quoted, bare = '', end] = found
    cells.push(quoted === undefined ? bare.trim() : quoted.replaceAll('""', '"').trim())
    if (end === '') return cells
  }
}
