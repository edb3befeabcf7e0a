import { MAX_SPAN } from './emphasis.ts'

interface Ticks {
  start: number
  length: number
  /** Where the closing run begins; `undefined` if there is none. */
  end: number | undefined
}

/** Finds the end of inline code: a run of the same number of backticks. */
export class CodeScanner {
  readonly #text: string
  /** Where the last run of each length begins. Without it, every unclosed run would search the rest of the text. */
  #last: Map<number, number> | undefined

  constructor(text: string) {
    this.#text = text
  }

  at(start: number): Ticks {
    const length = this.#lengthAt(start)
    this.#last ??= this.#lastRuns(start)
    if ((this.#last.get(length) ?? -1) <= start) return { start, length, end: undefined }
    const limit = start + MAX_SPAN
    for (let at = this.#next(start + length); at !== -1 && at <= limit;) {
      const found = this.#lengthAt(at)
      if (found === length) return { start, length, end: at }
      at = this.#next(at + found)
    }
    return { start, length, end: undefined }
  }

  #next(from: number): number {
    return this.#text.indexOf('`', from)
  }

  #lengthAt(start: number): number {
    let end = start
    while (this.#text[end] === '`') end++
    return end - start
  }

  #lastRuns(from: number): Map<number, number> {
    const last = new Map<number, number>()
    for (let at = this.#next(from); at !== -1;) {
      const length = this.#lengthAt(at)
      last.set(length, at)
      at = this.#next(at + length)
    }
    return last
  }
}
