/** Parts of links: destinations, titles and labels, as CommonMark 0.31 defines them (§4.7, §6.3). */

/** Destinations with deeper parentheses are text; CommonMark asks for three levels at least. */
const MAX_PARENTHESES = 32
const MAX_LABEL_CHARS = 999

const ESCAPED = /\\([!-/:-@[-`{-~])/g
const ENTITY = /&(?:#(\d{1,7})|#[Xx]([\dA-Fa-f]{1,6})|(amp|lt|gt|quot|apos|nbsp|colon|Tab|NewLine));/g
const NAMED: Record<string, string> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
  nbsp: '\u{a0}',
  colon: ':',
  Tab: '\t',
  NewLine: '\n',
}

/** An address without escapes and entities. Entities that no address needs stay as they are. */
function plainAddress(source: string): string {
  if (!/[\\&]/.test(source)) return source
  return source
    .replaceAll(ESCAPED, '$1')
    .replaceAll(ENTITY, (_, decimal: string | undefined, hex: string | undefined, name: string) => {
      if (name) return NAMED[name] ?? ''
      const code = Number.parseInt(decimal ?? hex ?? '', decimal ? 10 : 16)
      return code === 0 || code > 0x10_ff_ff ? '\u{fffd}' : String.fromCodePoint(code)
    })
}

/** A part of a link: its value and the index after it. */
export interface Scanned {
  value: string
  end: number
}
/** There is no such part; `unfinished`: more text could still complete it. */
export type Missing = 'no' | 'unfinished'

export function isMissing(result: Scanned | Missing): result is Missing {
  return typeof result === 'string'
}

/** A destination: `<…>`, or text without blanks in which parentheses are balanced. */
export function scanDestination(text: string, start: number): Scanned | Missing {
  if (text[start] === '<') {
    for (let i = start + 1; i < text.length; i++) {
      const sign = text[i]
      if (sign === '>') return { value: plainAddress(text.slice(start + 1, i)), end: i + 1 }
      if (sign === '\n' || sign === '<') return 'no'
      if (sign === '\\') i++
    }
    return 'unfinished'
  }
  let depth = 0
  let i = start
  for (; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code <= 32 || code === 127) break
    if (code === 92 && i + 1 < text.length && text.charCodeAt(i + 1) > 32) i++
    else if (code === 40 && ++depth > MAX_PARENTHESES) return 'no'
    else if (code === 41 && --depth < 0) break
  }
  if (depth > 0) return i >= text.length ? 'unfinished' : 'no'
  return { value: plainAddress(text.slice(start, i)), end: i }
}

const CLOSING: Record<string, string> = { '"': '"', "'": "'", '(': ')' }

/** A title: `"…"`, `'…'` or `(…)`, without a blank line. */
export function scanTitle(text: string, start: number, limit = text.length): Scanned | Missing {
  const open = text[start] ?? ''
  const close = CLOSING[open]
  if (close === undefined) return 'no'
  for (let i = start + 1; i < limit; i++) {
    const sign = text[i]
    if (sign === close) return { value: plainAddress(text.slice(start + 1, i)), end: i + 1 }
    if (sign === '(' && open === '(') return 'no'
    if (sign === '\n' && /\n[ \t]*\n/y.test(text.slice(i, i + 80))) return 'no'
    if (sign === '\\') i++
  }
  return limit < text.length ? 'no' : 'unfinished'
}

/** A label: `[…]` without brackets inside. */
export function scanLabel(text: string, start: number): Scanned | Missing {
  const limit = Math.min(text.length, start + MAX_LABEL_CHARS + 2)
  for (let i = start + 1; i < limit; i++) {
    const sign = text[i]
    if (sign === ']') return { value: text.slice(start + 1, i), end: i + 1 }
    if (sign === '[') return 'no'
    if (sign === '\\') i++
  }
  return limit < text.length ? 'no' : 'unfinished'
}

/** Normal form of a label: two labels are the same if their normal forms are equal. */
export function normalLabel(label: string): string {
  if (label.length > MAX_LABEL_CHARS) return ''
  return label.trim().replaceAll(/\s+/g, ' ').toLowerCase().toUpperCase()
}

/** Index of the first non-blank character from `start`. At most `lineEnds` line ends are passed. */
export function afterBlanks(text: string, start: number, lineEnds = 1): number {
  let i = start
  for (let ends = lineEnds; ; i++) {
    const sign = text[i]
    if (sign === '\n' && ends > 0) ends--
    else if (sign !== ' ' && sign !== '\t') return i
  }
}

const MAX_TITLE_CHARS = 1_000

/** Reads `(address "title")` after the text of a link. */
export function scanLinkTail(text: string, start: number): Scanned | Missing {
  const destinationStart = afterBlanks(text, start + 1)
  if (destinationStart >= text.length) return 'unfinished'
  if (text[destinationStart] === ')') return { value: '', end: destinationStart + 1 }
  const destination = scanDestination(text, destinationStart)
  if (isMissing(destination)) return destination
  let end = afterBlanks(text, destination.end)
  if (end < text.length && text[end] !== ')') {
    if (end === destination.end) return 'no'
    const title = scanTitle(text, end, Math.min(text.length, end + MAX_TITLE_CHARS))
    if (isMissing(title)) return title
    end = afterBlanks(text, title.end)
  }
  if (end >= text.length) return 'unfinished'
  return text[end] === ')' ? { value: destination.value, end: end + 1 } : 'no'
}
