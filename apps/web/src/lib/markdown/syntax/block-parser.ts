import type { Beginning } from './block-starts.ts'
import {
  formulaEnd,
  isRule,
  setextDepth,
  startFence,
  startFormula,
  startHeading,
  startParagraph,
  takeMarker,
} from './block-starts.ts'
import type { Block, Formula, Paragraph, Root } from './blocks.ts'
import { addCode, continues, continuesList, countsAsBlank, takeQuote } from './continuation.ts'
import { CODE_INDENT, LineCursor } from './line-cursor.ts'
import type { References } from './references.ts'
import { withoutDefinitions } from './references.ts'
import { Spine } from './spine.ts'
import { cellsOf, tableHead, tableHeadSoFar } from './tables.ts'

/** Deepest nesting of quotes, lists and items; deeper markers are text. */
const MAX_DEPTH = 32

/**
 * Reads Markdown line by line, as CommonMark 0.31 describes it (appendix "A parsing strategy"). A line touches only
 * open blocks, at most `MAX_DEPTH` and a leaf, and never a closed one.
 */
export class BlockParser {
  readonly #spine: Spine
  readonly #references: References
  /** Whether the blocks are a guess that more text may change. */
  readonly #tentative: boolean
  #blankBefore = false
  /** Sign of a formula without an end, while its lines are read again: no such formula begins in them. */
  #noFormula: Formula['sign'] | undefined

  constructor(references: References, spine?: Spine) {
    this.#references = references
    this.#spine = spine ?? Spine.begin()
    this.#tentative = spine !== undefined
  }

  get root(): Root {
    return this.#spine.root
  }

  /** Whether the next line belongs to code or a formula, unless it ends them. */
  get inVerbatim(): boolean {
    const { type } = this.#spine.tip
    return type === 'code' || type === 'formula'
  }

  /** A parser that goes on from here without changing what this one has read. */
  fork(references: References): BlockParser {
    const fork = new BlockParser(references, this.#spine.fork())
    fork.#blankBefore = this.#blankBefore
    return fork
  }

  /** Reads one line, without its end. */
  line(text: string): void {
    this.#read(new LineCursor(text), 1)
  }

  /** @param brokenOff whether the text ends where its writer did not mean to end */
  end(brokenOff = false): void {
    if (brokenOff && this.#spine.length > 1 && this.#spine.tip.type !== 'formula') this.#close(true)
    this.#closeTo(1)
    this.root.final = true
  }

  /**
   * Turns an unfinished paragraph into what it will most likely be.
   * @param inLine whether its last line has no end yet
   */
  guess(inLine: boolean): void {
    const { tip } = this.#spine
    if (tip.type !== 'paragraph') return
    this.#removeDefinitions(tip)
    const [header = '', ruler = ''] = tip.lines
    const lines = tip.lines.length
    // Half a definition or half a table header would first show as text, and then jump.
    const isHalf = lines === 1 && inLine && header.startsWith('|')
    if (lines === 0 || isHalf || /^\[[^\]]{1,300}\]:(?:\s+\S*)?$/.test(tip.lines.join('\n'))) {
      this.#spine.remove()
    } else if (lines === 1 || (lines === 2 && inLine)) {
      const head = tableHeadSoFar(header, ruler)
      if (!head) return
      this.#spine.remove()
      this.#add({ type: 'table', ...head, children: [], open: true })
    }
  }

  #read(cursor: LineCursor, from: number): void {
    const spine = this.#spine
    let depth = from
    for (; depth < spine.length; depth++) {
      const outcome = continues(spine.at(depth), cursor)
      if (outcome === 'ended') {
        this.#closeTo(depth)
        this.#blankBefore = false
        return
      }
      if (outcome === 'no') break
    }
    for (;;) {
      const { type } = spine.at(depth - 1)
      if (type === 'code' || type === 'formula') break
      const started = this.#starts(cursor, depth)
      if (started === 'line') this.#blankBefore = false
      if (started === 'line') return
      if (started === 'nothing') break
      depth = spine.length
    }
    this.#text(cursor, depth)
  }

  /** Begins the block that a line starts with, if any: one that goes on in the line, or one that takes all of it. */
  #starts(cursor: LineCursor, depth: number): 'nothing' | 'block' | 'line' {
    if (cursor.blank) return 'nothing'
    const spine = this.#spine
    if (cursor.indented) {
      if (spine.tip.type === 'paragraph') return 'nothing'
      cursor.skipColumns(CODE_INDENT)
      return this.#begin(depth, { type: 'code', language: '', text: '', blank: '', open: true })
    }
    if (depth < MAX_DEPTH && takeQuote(cursor)) return this.#begin(depth, { type: 'quote', children: [] })
    const matched = spine.at(depth - 1)
    const paragraph = matched.type === 'paragraph' ? matched : undefined
    const heading = startHeading(cursor)
    if (heading) return this.#beginWhole(depth, heading)
    const fence = startFence(cursor)
    if (fence) {
      this.#begin(depth, fence)
      return 'line'
    }
    const formula = paragraph ? undefined : startFormula(cursor)
    if (formula && formula.sign !== this.#noFormula) {
      if (formula.closed) return this.#beginWhole(depth, formula)
      this.#begin(depth, formula)
      return 'line'
    }
    if (paragraph && this.#turns(paragraph, cursor)) return 'line'
    if (isRule(cursor)) return this.#beginWhole(depth, { type: 'rule' })
    const marker = depth < MAX_DEPTH ? takeMarker(cursor, paragraph !== undefined) : undefined
    if (!marker) return 'nothing'
    this.#closeTo(depth)
    if (!continuesList(spine.tip, marker.list)) this.#add(marker.list)
    return this.#begin(spine.length, { type: 'item', indent: marker.indent, children: [] })
  }

  /** Turns a paragraph into a heading or a table, if the line below it asks for that. Returns whether it did. */
  #turns(paragraph: Paragraph, cursor: LineCursor): boolean {
    const spine = this.#spine
    const depth = setextDepth(cursor)
    if (depth) {
      this.#removeDefinitions(paragraph)
      const text = paragraph.lines.join('\n').trim()
      spine.remove()
      if (text === '') return false
      this.#beginWhole(spine.length, { type: 'heading', depth, text, open: false })
      return true
    }
    const head = tableHead(paragraph.lines.at(-1) ?? '', cursor.text)
    if (!head) return false
    paragraph.lines.pop()
    if (paragraph.lines.length === 0) spine.remove()
    this.#begin(spine.length, { type: 'table', ...head, children: [], open: true })
    return true
  }

  #text(cursor: LineCursor, depth: number): void {
    const spine = this.#spine
    // A paragraph goes on in lines that lack the markers of its quote or item (CommonMark's lazy continuation).
    const lazy = !cursor.blank && spine.tip.type === 'paragraph'
    if (!lazy) this.#closeTo(depth)
    const block = spine.tip
    if (block.type === 'code') addCode(block, cursor, this.#tentative ? '' : '\n')
    else if (block.type === 'formula') this.#formulaLine(block, cursor.rest)
    else if (!cursor.blank) this.#inlineLine(block, cursor.text)
    this.#blankBefore = cursor.blank && countsAsBlank(block)
  }

  #inlineLine(block: Block, text: string): void {
    const depth = this.#spine.length
    if (block.type === 'paragraph') block.lines.push(text)
    else if (block.type === 'table')
      this.#beginWhole(depth, { type: 'row', aligns: block.aligns, cells: cellsOf(text), open: true })
    else this.#begin(depth, startParagraph(block, text))
  }

  #formulaLine(formula: Formula, line: string): void {
    const end = formulaEnd(formula.sign, line)
    formula.lines.push(line)
    formula.closed = end === 'closed'
    if (end !== 'open') this.#close()
  }

  #begin(depth: number, beginning: Beginning<Block>): 'block' {
    this.#closeTo(depth)
    this.#add(beginning)
    return 'block'
  }

  /** Begins a block that ends with its line. While the line has no end, the block stays open. */
  #beginWhole(depth: number, beginning: Beginning<Block>): 'line' {
    this.#begin(depth, beginning)
    this.#spine.close(this.#tentative)
    return 'line'
  }

  #add(beginning: Beginning<Block>): void {
    while (!this.#spine.tipCanContain(beginning.type)) this.#close()
    this.#spine.add(beginning, this.#blankBefore)
  }

  #closeTo(depth: number): void {
    while (this.#spine.length > depth) this.#close()
  }

  #close(growing = false): void {
    const { tip } = this.#spine
    if (tip.type === 'paragraph') this.#removeDefinitions(tip)
    if (tip.type === 'paragraph' && tip.lines.length === 0) return this.#spine.remove()
    const broken = this.#spine.takeBrokenFormula()
    if (!broken) return void this.#spine.close(growing)
    const depth = this.#spine.length
    const before = this.#noFormula
    this.#noFormula = broken.sign
    for (const line of broken.lines) this.#read(new LineCursor(line), depth)
    this.#noFormula = before
  }

  #removeDefinitions(paragraph: Paragraph): void {
    if (!paragraph.lines[0]?.startsWith('[')) return
    const text = paragraph.lines.join('\n')
    const rest = withoutDefinitions(text, this.#references)
    if (rest !== text) paragraph.lines = rest === '' ? [] : rest.split('\n')
  }
}
