import { escapeText } from '../escape.ts'
import type { Mark, Piece } from './pieces.ts'

const MARK_EVERY = 64
/** The end of a word, or punctuation that ends a phrase in scripts without blanks between words. */
const PHRASE_END = /[\s，。、！？；：）」』】》]/

/** Collects the pieces of a text. Plain text becomes a piece when something else follows. */
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

  /** Where the text begins that is not a piece yet. */
  get textFrom(): number {
    return this.#textFrom
  }

  /** Turns the text up to an index into a piece; what follows begins at `next`. */
  flush(end: number, next = end): void {
    if (end > this.#textFrom) this.pieces.push(escapeText(this.#text.slice(this.#textFrom, end)))
    this.#textFrom = next
  }

  /** Adds a piece for the text between two indices. Returns its index in the list. */
  push(piece: Piece, start: number, end: number): number {
    this.flush(start, end)
    return this.pieces.push(piece) - 1
  }

  /** Replaces all pieces from an index on by one. */
  replaceFrom(index: number, piece: Piece, end: number): void {
    this.pieces.length = index
    this.pieces.push(piece)
    this.#marks = this.#marks.filter((mark) => mark.piece <= index)
    this.#textFrom = end
  }

  /** Marks a place in text without markup, if the last mark is far enough away. */
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
