import { BlockParser } from './syntax/block-parser.ts'
import type { Block } from './syntax/blocks.ts'
import type { Ending } from './syntax/inline-settings.ts'
import { References } from './syntax/references.ts'

/** The beginning of a line that one more character may give another meaning. */
const UNDECIDED_LINE = /^[ \t>]*(?:(?:[-=*+]{1,2}|\d{1,9}[.)]?|#{1,6}|`{1,2}|~{1,2}|[|\\$])[ \t]*)?$/
const UNDECIDED_FENCE = /^[ \t>]*(?:`+|~+)$/

/** Markdown that grows at its end, as blocks. Each update reads only new lines and the last, unfinished one. */
export class MarkdownDocument {
  #text = ''
  #ending: Ending = 'growing'
  #blocks: readonly Block[] = []
  #references = new References()
  #parser = new BlockParser(this.#references)
  /** Where the first line begins that the parser has not read. */
  #at = 0

  get references(): References {
    return this.#references
  }

  /**
   * The top-level blocks of `text`. Final blocks are the same objects as in the previous call; for an unchanged text,
   * all blocks are.
   */
  update(text: string, ending: Ending): readonly Block[] {
    if (text === this.#text && ending === this.#ending) return this.#blocks
    if (this.#ending !== 'growing' || !text.startsWith(this.#text)) this.#reset()
    this.#text = text
    this.#ending = ending
    this.#blocks = this.#read(ending)
    return this.#blocks
  }

  #reset(): void {
    this.#references = new References()
    this.#parser = new BlockParser(this.#references)
    this.#at = 0
  }

  #read(ending: Ending): readonly Block[] {
    const growing = ending === 'growing'
    const lineEnd = /\r\n?|\n/g
    lineEnd.lastIndex = this.#at
    for (let match = lineEnd.exec(this.#text); match; match = lineEnd.exec(this.#text)) {
      // The `\n` of this line's end may be still to come.
      if (growing && match[0] === '\r' && lineEnd.lastIndex === this.#text.length) break
      this.#parser.line(this.#text.slice(this.#at, match.index))
      this.#at = lineEnd.lastIndex
    }
    const rest = this.#text.slice(this.#at).replace(/\r$/, '')
    if (growing) return this.#guess(rest)
    if (rest !== '') this.#parser.line(rest)
    this.#parser.end(ending === 'brokenOff')
    return this.#parser.root.children
  }

  /**
   * The blocks if the text stayed as it is. A fork of the parser reads the last line, since more text may change its
   * meaning.
   */
  #guess(line: string): readonly Block[] {
    const parser = this.#parser.fork(new References(this.#references))
    const undecided = parser.inVerbatim ? UNDECIDED_FENCE : UNDECIDED_LINE
    const isShown = line !== '' && !undecided.test(line)
    if (isShown) parser.line(line)
    parser.guess(isShown)
    return parser.root.children
  }
}
