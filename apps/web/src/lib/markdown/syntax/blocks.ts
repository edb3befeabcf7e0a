/** Blocks of Markdown after parsing. Inline text is still source here; `inline-parser.ts` reads it. */

interface Common {
  /** Unique in the document; a block keeps its key while it grows. */
  readonly key: number
  /** Whether later text can no longer change the block. */
  final: boolean
}

/** A leaf that is `open` while its last character is the last one of the text so far. */
interface Growing {
  open: boolean
}

export interface Root extends Common {
  readonly type: 'root'
  children: Block[]
}

export interface Quote extends Common {
  readonly type: 'quote'
  children: Block[]
}

export interface List extends Common {
  readonly type: 'list'
  readonly ordered: boolean
  readonly start: number
  /** `-`, `*`, `+`, `.` or `)`; a different sign begins another list. */
  readonly sign: string
  tight: boolean
  children: Block[]
}

export interface Item extends Common {
  readonly type: 'item'
  /** Columns that a line must be indented by to belong to the item. */
  readonly indent: number
  children: Block[]
}

export interface Table extends Common, Growing {
  readonly type: 'table'
  readonly aligns: readonly Align[]
  readonly head: readonly string[]
  children: Block[]
}
export type Align = 'left' | 'right' | 'center' | undefined

export interface Row extends Common, Growing {
  readonly type: 'row'
  readonly aligns: readonly Align[]
  readonly cells: readonly string[]
}

export interface Paragraph extends Common, Growing {
  readonly type: 'paragraph'
  /** Whether the paragraph stands in a quote or an item; its first letter then decides the direction of those. */
  nested: boolean
  /** Whether its task checkbox is ticked; `undefined` without a checkbox. */
  readonly task?: boolean | undefined
  lines: string[]
}

export interface Heading extends Common, Growing {
  readonly type: 'heading'
  readonly depth: number
  readonly text: string
}

export interface Code extends Common, Growing {
  readonly type: 'code'
  /** Absent for indented code. */
  readonly fence?: { readonly sign: string; readonly length: number; readonly indent: number }
  readonly language: string
  text: string
  /** Blank lines that become part of the code once more code follows. */
  blank: string
}

/** A formula that stands alone, between `$$` and `$$` or `\[` and `\]`. */
export interface Formula extends Common, Growing {
  readonly type: 'formula'
  readonly sign: '$$' | '\\['
  /** Source lines, including the signs. */
  lines: string[]
  closed: boolean
}

export interface Rule extends Common {
  readonly type: 'rule'
}

export type Container = Root | Quote | List | Item | Table
export type Leaf = Row | Paragraph | Heading | Code | Formula | Rule
export type Block = Container | Leaf

export function isContainer(block: Block): block is Container {
  return 'children' in block
}

/** Whether a block of this type may stand directly in `parent`. */
export function canContain(parent: Block, type: Block['type']): boolean {
  switch (parent.type) {
    case 'root':
    case 'quote':
    case 'item':
      return type !== 'item' && type !== 'row'
    case 'list':
      return type === 'item'
    case 'table':
      return type === 'row'
    default:
      return false
  }
}
