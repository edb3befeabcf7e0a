import { escapeText } from '../escape.ts'
import type { Mark, Piece } from './pieces.ts'

const MARK_EVERY = 64
/** Between two words, or behind a sign that ends a phrase where words have no blanks between them. */
const PHRASE_END = /[\s，。、！？；：）」』】》]/

/** Collects the pieces of a text; text that stays as it is becomes one when something else follows. */
export class PieceList {
  readonly pieces: Piece[] = []
  readonly #text: string
  #marks: Mark[] = []
  #textFrom: number
  #lastMark: number

  constructor(text: string, from: number) {
    this.#text = text
    this.#textFrom = this.#lastMark = from
  }

  get marks(): readonly Mark[] {
    return this.#marks
  }

  /** Where the text begins that is no piece yet. */
  get textFrom(): number {
    return this.#textFrom
  }

  /** Text up to an index becomes a piece; what follows begins at `next`. */
  flush(end: number, next = end): void {
    if (end > this.#textFrom) this.pieces.push(escapeText(this.#text.slice(this.#textFrom, end)))
    this.#textFrom = next
  }

  /** Adds what stands between two indices. Returns its place. */
  push(piece: Piece, start: number, end: number): number {
    this.flush(start, end)
    return this.pieces.push(piece) - 1
  }

  /** Puts a piece in the place of all from an index on. */
  replaceFrom(index: number, piece: Piece, end: number): void {
    this.pieces.length = index
    this.pieces.push(piece)
    this.#marks = this.#marks.filter((mark) => mark.piece <= index)
    this.#textFrom = end
  }

  /** Marks a place in text without signs, if the last mark is far enough away. */
  markBetween(start: number, end: number): void {
    if (end - this.#lastMark < MARK_EVERY) return
    for (let at = end - 1; at >= start && at > end - MARK_EVERY; at--) {
      if (!PHRASE_END.test(this.#text[at - 1] ?? '') || /\s/.test(this.#text[at] ?? ' ')) continue
      this.flush(at)
      this.#marks.push({ at, piece: this.pieces.length })
      this.#lastMark = at
      return
    }
  }
}
