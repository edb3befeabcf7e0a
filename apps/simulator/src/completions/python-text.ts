/** A string as Python's `repr` writes it: in single quotes, or in double ones if it has single but no double quotes. */
export function repr(text: string): string {
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'"
  const escaped = text
    .replace(/\\/g, '\\\\')
    .replace(/\n/g, '\\n')
    .replace(/\r/g, '\\r')
    .replace(/\t/g, '\\t')
    .replaceAll(quote, `\\${quote}`)
  return `${quote}${escaped}${quote}`
}

/** A value as vLLM's validation errors show it: the size of a container, the text of anything else. */
export function shown(value: unknown): string {
  if (value === null || value === undefined) return 'None'
  if (Array.isArray(value)) return `<list of ${value.length} items>`
  if (typeof value === 'object') return `<dict of ${Object.keys(value).length} items>`
  if (typeof value === 'boolean') return value ? 'True' : 'False'
  if (typeof value === 'bigint') return value.toString()
  return typeof value === 'number' ? String(value) : (value as string)
}

/** A number as Python prints a float: `5` becomes `5.0`. */
export const floatText = (value: number) => (Number.isInteger(value) ? `${value}.0` : String(value))
