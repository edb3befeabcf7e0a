import type { Block, Code, Formula, Heading, Item, List, Paragraph } from './blocks.ts'
import type { LineCursor } from './line-cursor.ts'

/** A block that a line begins; the parser adds its key. */
export type Beginning<B extends Block> = B extends Block ? Omit<B, 'key' | 'final'> : never

const RULE = /^(?:(?:\*[ \t]*){3,}|(?:_[ \t]*){3,}|(?:-[ \t]*){3,})$/
const FENCE = /^(?:(`{3,})([^`]*)|(~{3,})(.*))$/
const HEADING = /^#{1,6}(?=[ \t]|$)/
const SETEXT = /^(?:=+|-+)[ \t]*$/
const BULLET = /^[*+-]/
const NUMBER = /^(\d{1,9})([.)])/

export function isRule(cursor: LineCursor): boolean {
  return !cursor.indented && RULE.test(cursor.text)
}

/** Depth of the heading that this line makes of the paragraph above it; `undefined` if it makes none. */
export function setextDepth(cursor: LineCursor): 1 | 2 | undefined {
  if (cursor.indented || !SETEXT.test(cursor.text)) return undefined
  return cursor.text.startsWith('=') ? 1 : 2
}

/** A heading's text, without the `#` signs that may close it. */
function headingText(text: string): string {
  const trimmed = text.trim()
  let end = trimmed.length
  while (trimmed[end - 1] === '#') end--
  if (end === trimmed.length) return trimmed
  if (end === 0) return ''
  const before = trimmed[end - 1]
  return before === ' ' || before === '\t' ? trimmed.slice(0, end).trimEnd() : trimmed
}

export function startHeading(cursor: LineCursor): Beginning<Heading> | undefined {
  const signs = cursor.indented ? undefined : HEADING.exec(cursor.text)?.[0]
  if (signs === undefined) return undefined
  return {
    type: 'heading',
    depth: signs.length,
    text: headingText(cursor.text.slice(signs.length)),
    open: true,
  }
}

export function startFence(cursor: LineCursor): Beginning<Code> | undefined {
  const match = cursor.indented ? null : FENCE.exec(cursor.text)
  if (!match) return undefined
  const signs = match[1] ?? match[3] ?? ''
  const language = (match[2] ?? match[4] ?? '').trim().split(/\s/, 1)[0] ?? ''
  const fence = { sign: signs[0] ?? '`', length: signs.length, indent: cursor.indent }
  return { type: 'code', fence, language, text: '', blank: '', open: true }
}

/** Whether a line closes a fence: the same sign, at least as often, and nothing else. */
export function closesFence({ fence }: Code, cursor: LineCursor): boolean {
  if (!fence || cursor.indented) return false
  const { text } = cursor
  let length = 0
  while (text[length] === fence.sign) length++
  return length >= fence.length && text.slice(length).trim() === ''
}

/**
 * Effect of a line on a formula: a closing sign at its end closes the formula, one elsewhere shows that it was none.
 */
export function formulaEnd(sign: Formula['sign'], text: string): 'closed' | 'none' | 'open' {
  const close = sign === '$$' ? '$' : '\\]'
  for (let i = 0; i < text.length; i++) {
    if (text.startsWith(close, i)) {
      const whole = sign === '$$' ? '$$' : close
      return text.startsWith(whole, i) && text.slice(i + 2).trim() === '' ? 'closed' : 'none'
    }
    if (text[i] === '\\') i++
  }
  return 'open'
}

export function startFormula(cursor: LineCursor): Beginning<Formula> | undefined {
  const { text } = cursor
  if (cursor.indented || !(text.startsWith('$$') || text.startsWith('\\['))) return undefined
  const sign = text.startsWith('$$') ? '$$' : '\\['
  const end = formulaEnd(sign, text.slice(2))
  if (end === 'none' || (end === 'closed' && text.slice(2).trim().length <= 2)) return undefined
  return { type: 'formula', sign, lines: [text], closed: end === 'closed', open: true }
}

const TASK = /^\[([ xX])\][ \t]+(?=\S)/

/** A paragraph. At the beginning of a list item it may have a task checkbox. */
export function startParagraph(parent: Block, text: string): Beginning<Paragraph> {
  const task = parent.type === 'item' && parent.children.length === 0 ? TASK.exec(text) : null
  if (!task) return { type: 'paragraph', nested: false, lines: [text], open: true }
  const lines = [text.slice(task[0].length)]
  return { type: 'paragraph', nested: true, task: task[1] !== ' ', lines, open: true }
}

export interface Marker {
  list: Beginning<List>
  indent: Item['indent']
}

/** Reads a list marker and moves behind it. */
export function takeMarker(cursor: LineCursor, interrupts: boolean): Marker | undefined {
  const { text, indent } = cursor
  const bullet = BULLET.exec(text)
  const number = bullet ? null : NUMBER.exec(text)
  const marker = (bullet ?? number)?.[0]
  if (marker === undefined) return undefined
  const after = text[marker.length]
  if (after !== undefined && after !== ' ' && after !== '\t') return undefined
  const start = Number(number?.[1] ?? 1)
  // Inside a paragraph, a number that only happens to stand at the start of a line begins no list.
  if (interrupts && (start !== 1 || text.slice(marker.length).trim() === '')) return undefined
  cursor.toText()
  cursor.skipCharacters(marker.length)
  let width = cursor.indent
  if (cursor.blank || width < 1 || width > 4) width = 1
  cursor.skipColumns(width)
  const ordered = number !== null
  const list: Beginning<List> = {
    type: 'list',
    ordered,
    start,
    sign: number?.[2] ?? marker,
    tight: true,
    children: [],
  }
  return { list, indent: indent + marker.length + width }
}
