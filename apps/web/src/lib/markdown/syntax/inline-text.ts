import { InlineParser } from './inline-parser.ts'
import type { InlineSettings } from './inline-settings.ts'
import { PieceWriter } from './piece-writer.ts'
import type { Html } from './pieces.ts'

/** Characters at the end of a growing text that the next character may give another meaning. */
const UNDECIDED_END = '*_~`$\\'

/** Inline text as HTML. The part of a growing text that can no longer change is read and written once. */
export class InlineText {
  /** HTML that stays until `resets` grows. */
  settled: Html = ''
  /** HTML after it, which the next update may replace. */
  tail: Html = ''
  resets = 0
  #source = ''
  #elements = 0

  /** @param missing collects the labels of links that are not defined */
  update(text: string, settings: InlineSettings, missing: Set<string>): void {
    const shown = settings.ending === 'growing' ? withoutUndecidedEnd(text) : text
    if (!shown.startsWith(this.#source)) this.#reset()
    const parser = new InlineParser(shown, this.#source.length, settings, missing)
    parser.parse()
    this.#write(parser, shown, settings.ending === 'growing')
  }

  #reset(): void {
    this.settled = this.#source = ''
    this.#elements = 0
    this.resets++
  }

  #write(parser: InlineParser, text: string, growing: boolean): void {
    const { pieces, marks } = parser.list
    const writer = new PieceWriter(this.#elements)
    let settled = { html: 0, at: this.#source.length, elements: this.#elements }
    let isDecided = growing
    let next = 0
    pieces.forEach((piece, i) => {
      for (let mark = marks[next]; mark?.piece === i; mark = marks[++next]) {
        if (!isDecided || !writer.isClear || mark.at > parser.pendingAt) continue
        settled = { html: writer.html.length, at: mark.at, elements: writer.elements }
      }
      writer.write(piece)
      isDecided &&= !parser.isOpen(piece)
    })
    parser.closes.forEach((tag) => writer.write(tag))
    this.settled += writer.html.slice(0, settled.html)
    this.tail = writer.html.slice(settled.html)
    this.#source = text.slice(0, settled.at)
    this.#elements = settled.elements
  }
}

function withoutUndecidedEnd(text: string): string {
  let end = text.length
  while (end > 0 && UNDECIDED_END.includes(text[end - 1] ?? '')) end--
  return text.slice(0, end).trimEnd()
}
