import type { Beginning } from './block-starts.ts'
import { closesFence } from './block-starts.ts'
import type { Block, Code, List } from './blocks.ts'
import type { LineCursor } from './line-cursor.ts'
import { CODE_INDENT } from './line-cursor.ts'

/** Moves behind a quote's `>`, if there is one. */
export function takeQuote(cursor: LineCursor): boolean {
  if (cursor.indented || cursor.text[0] !== '>') return false
  cursor.toText()
  cursor.skipCharacters(1)
  cursor.skipColumns(1)
  return true
}

export const continuesList = (block: Block, list: Beginning<List>): boolean =>
  block.type === 'list' && block.ordered === list.ordered && block.sign === list.sign

/** Whether a line continues an open block. Moves behind the markers that say so. */
export function continues(block: Block, cursor: LineCursor): 'yes' | 'no' | 'ended' {
  switch (block.type) {
    case 'quote':
      return takeQuote(cursor) ? 'yes' : 'no'
    case 'list':
      return 'yes'
    case 'item':
      if (cursor.blank ? block.children.length === 0 : cursor.indent < block.indent) return 'no'
      cursor.skipColumns(block.indent)
      return 'yes'
    case 'code':
      return continuesCode(block, cursor)
    case 'paragraph':
    case 'table':
    case 'formula':
      return cursor.blank ? 'no' : 'yes'
    default:
      return 'no'
  }
}

function continuesCode(code: Code, cursor: LineCursor): 'yes' | 'no' | 'ended' {
  if (code.fence && closesFence(code, cursor)) return 'ended'
  if (!code.fence && !cursor.indented && !cursor.blank) return 'no'
  cursor.skipColumns(code.fence?.indent ?? CODE_INDENT)
  return 'yes'
}

export function addCode(code: Code, cursor: LineCursor, lineEnd: string): void {
  const line = `${cursor.rest}${lineEnd}`
  if (!code.fence && cursor.blank) code.blank += line
  else {
    code.text += code.blank + line
    code.blank = ''
  }
}

/** Whether a blank line at the end of a block makes a list loose when something follows. */
export const countsAsBlank = (block: Block): boolean =>
  block.type !== 'quote' &&
  !(block.type === 'code' && block.fence) &&
  !(block.type === 'item' && block.children.length === 0)
