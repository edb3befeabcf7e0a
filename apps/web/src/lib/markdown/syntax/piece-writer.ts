import { escapeText } from '../escape.ts'
import type { Html, Piece, Tag } from './pieces.ts'

/** Deepest nesting of tags, and most tags and embeds of one text: a page lays out a few thousand at once. */
const MAX_DEPTH = 24
const MAX_ELEMENTS = 4_000

/** Writes pieces as HTML. A piece beyond these limits shows as its source. */
export class PieceWriter {
  html: Html = ''
  #shown: boolean[] = []
  #depth = 0
  #links = 0
  #elements: number

  constructor(elements: number) {
    this.#elements = elements
  }

  get elements(): number {
    return this.#elements
  }

  /** Whether no tag is open. */
  get isClear(): boolean {
    return this.#shown.length === 0
  }

  write(piece: Piece): void {
    if (typeof piece === 'string') this.html += piece
    else if (piece.kind === 'embed') {
      this.#elements++
      this.html += this.#links > 0 || this.#elements > MAX_ELEMENTS ? piece.plain : piece.html
    } else if (piece.kind === 'bracket') this.html += piece.hidden ? '' : piece.source
    else if (piece.kind === 'run') {
      piece.closes.forEach((tag) => this.write(tag))
      this.html += piece.sign.repeat(piece.count)
      piece.opens.forEach((tag) => this.write(tag))
    } else if (piece.kind === 'open') this.#open(piece)
    else this.#close(piece)
  }

  #open(tag: Tag): void {
    const shown = this.#depth < MAX_DEPTH && this.#elements < MAX_ELEMENTS
    this.#shown.push(shown)
    if (shown) {
      this.#depth++
      this.#elements++
      if (tag.isLink) this.#links++
    }
    this.html += shown ? tag.html : escapeText(tag.source)
  }

  #close(tag: Tag): void {
    const shown = this.#shown.pop() ?? false
    if (shown) this.#depth--
    if (shown && tag.isLink) this.#links--
    this.html += shown ? tag.html : escapeText(tag.source)
  }
}
