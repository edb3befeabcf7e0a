const TAB = 9
const SPACE = 32

/** Indentation, in columns, at which code begins. */
export const CODE_INDENT = 4

/** A place in a line. A tab reaches to the next multiple of four columns, and may be consumed in part. */
export class LineCursor {
  readonly line: string
  offset = 0
  column = 0
  /** Index of the first non-blank character, its distance in columns, and whether there is no such character. */
  next = 0
  indent = 0
  blank = false
  #partOfTab = false

  constructor(line: string) {
    this.line = line
    this.look()
  }

  /** Finds the next non-blank character. Has to be called after moving. */
  look(): void {
    let { offset, column } = this
    for (; ; offset++) {
      const code = this.line.charCodeAt(offset)
      if (code === SPACE) column++
      else if (code === TAB) column += 4 - (column % 4)
      else break
    }
    this.next = offset
    this.indent = column - this.column
    this.blank = offset >= this.line.length
  }

  get indented(): boolean {
    return this.indent >= CODE_INDENT
  }

  /** The text after the blanks. */
  get text(): string {
    return this.line.slice(this.next)
  }

  /** Everything that is left, with the rest of a partly consumed tab as spaces. */
  get rest(): string {
    if (!this.#partOfTab) return this.line.slice(this.offset)
    return ' '.repeat(4 - (this.column % 4)) + this.line.slice(this.offset + 1)
  }

  toText(): void {
    this.column += this.indent
    this.offset = this.next
    this.#partOfTab = false
    this.look()
  }

  skipCharacters(count: number): void {
    this.column += count
    this.offset += count
    this.#partOfTab = false
    this.look()
  }

  /** Consumes up to `count` columns of blanks. */
  skipColumns(count: number): void {
    for (let left = count; left > 0;) {
      const code = this.line.charCodeAt(this.offset)
      if (code === TAB) {
        const width = 4 - (this.column % 4)
        this.#partOfTab = width > left
        this.column += Math.min(width, left)
        if (!this.#partOfTab) this.offset++
        left -= width
      } else if (code === SPACE) {
        this.#partOfTab = false
        this.offset++
        this.column++
        left--
      } else break
    }
    this.look()
  }
}
