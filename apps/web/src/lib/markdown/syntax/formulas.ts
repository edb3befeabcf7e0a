import { MAX_SPAN } from './emphasis.ts'

export interface InlineFormula {
  /** TeX, without its signs. */
  tex: string
  display: boolean
  /** TeX with its signs. */
  source: string
  end: number
}
/** `unfinished`: more text could still complete the formula. */
type Found = InlineFormula | 'no' | 'unfinished'

const isBlank = (sign: string | undefined): boolean => sign === undefined || /\s/.test(sign)

/** Finds the end of inline formulas, and searches each part of a text once. */
export class FormulaScanner {
  readonly #text: string
  readonly #next = new Map<string, number>()

  constructor(text: string) {
    this.#text = text
  }

  /** Index of the next `sign` from `from`, or the text's length. */
  #find(sign: string, from: number): number {
    const known = this.#next.get(sign)
    if (known !== undefined && known >= from) return known
    const index = this.#text.indexOf(sign, from)
    const found = index === -1 ? this.#text.length : index
    this.#next.set(sign, found)
    return found
  }

  /** `\(…\)` in one line, or `\[…\]`. */
  bracketed(start: number): Found {
    const display = this.#text[start + 1] === '['
    const end = this.#find(display ? '\\]' : '\\)', start + 2)
    const limit = Math.min(start + MAX_SPAN, display ? this.#text.length : this.#find('\n', start))
    if (end > limit) return 'no'
    if (end >= this.#text.length) return 'unfinished'
    const tex = this.#text.slice(start + 2, end).trim()
    return tex === '' || end === limit ? 'no' : this.#found(start, 2, end, display)
  }

  /**
   * `$$…$$`, or `$…$` in one line. As in pandoc, no blank stands just inside the signs and no digit after them, so that
   * prices stay prices.
   */
  dollars(start: number): Found {
    const text = this.#text
    const display = text[start + 1] === '$'
    const from = start + (display ? 2 : 1)
    if (!display && isBlank(text[from])) return from < text.length ? 'no' : 'unfinished'
    const limit = Math.min(start + MAX_SPAN, display ? text.length : this.#find('\n', start))
    let end = this.#find('$', from)
    while (end < limit && text[end - 1] === '\\') end = this.#find('$', end + 1)
    if (end >= limit) return limit === text.length ? 'unfinished' : 'no'
    if (end === from) return 'no'
    if (display) {
      if (end + 1 >= text.length) return 'unfinished'
      return text[end + 1] === '$' ? this.#found(start, 2, end, display) : 'no'
    }
    if (isBlank(text[end - 1]) || /\d/.test(text[end + 1] ?? '')) return 'no'
    return this.#found(start, 1, end, display)
  }

  #found(start: number, signs: number, close: number, display: boolean): InlineFormula {
    const end = close + signs
    return {
      tex: this.#text.slice(start + signs, close).trim(),
      display,
      source: this.#text.slice(start, end),
      end,
    }
  }
}
