import { escapeHtml } from '../escape.ts'
import { addressInAngles, bareMail, bareUrl } from './autolinks.ts'
import { CodeScanner } from './code-spans.ts'
import { MAX_SPAN, runAt, Runs } from './emphasis.ts'
import { FormulaScanner } from './formulas.ts'
import { addressLink, codeSpan, image, linkTags } from './inline-html.ts'
import type { InlineSettings } from './inline-settings.ts'
import { isWrapped } from './line-breaks.ts'
import type { OpenBracket } from './link-targets.ts'
import { linkTarget } from './link-targets.ts'
import { PieceList } from './piece-list.ts'
import type { Bracket, Html, Piece, Tag } from './pieces.ts'

const PLAIN = /[^\n\\`*_~[\]!<$:@w]+/y
const LINE_BREAK = /<br[ \t]*\/?>/iy
const LINE_BREAK_SO_FAR = /<(?:b(?:r[ \t]*\/?)?)?$/iy
const ESCAPABLE = /[!-/:-@[-`{-~]/

/**
 * Reads inline Markdown (CommonMark 0.31 §6, with strikethrough, bare addresses and formulas) from left to right into
 * pieces. The meaning of the text before a place depends only on what is open there, so that a growing text need not be
 * read from its start.
 */
export class InlineParser {
  readonly list: PieceList
  /** Index of the first part whose meaning only more text can decide. */
  pendingAt = Number.POSITIVE_INFINITY
  /** Tags for the end of the text, for runs that are closed only for now. */
  closes: Tag[] = []

  readonly #text: string
  readonly #settings: InlineSettings
  readonly #missing: Set<string>
  readonly #code: CodeScanner
  readonly #formulas: FormulaScanner
  readonly #runs = new Runs()
  readonly #brackets: OpenBracket[] = []
  /** Below this height of the stack no bracket can begin a link, since a link stands inside it already. */
  #inactiveBelow = 0
  #at: number

  /** @param missing collects the labels of links that are not defined */
  constructor(text: string, from: number, settings: InlineSettings, missing: Set<string>) {
    this.#missing = missing
    this.#text = text
    this.#settings = settings
    this.#at = from
    this.list = new PieceList(text, from)
    this.#code = new CodeScanner(text)
    this.#formulas = new FormulaScanner(text)
  }

  parse(): void {
    const text = this.#text
    while (this.#at < text.length) {
      PLAIN.lastIndex = this.#at
      if (PLAIN.test(text)) {
        this.list.markBetween(this.#at, PLAIN.lastIndex)
        this.#at = PLAIN.lastIndex
      } else this.#special(text[this.#at] ?? '')
    }
    this.list.flush(text.length)
    this.#runs.match()
    if (this.#settings.ending === 'whole') return
    this.closes = this.#runs.closeAt(text.length)
    const last = this.#brackets.at(-1)
    if (this.#settings.ending === 'growing' && last) last.piece.hidden = true
  }

  /** Whether more text could still change the meaning of a piece. */
  isOpen(piece: Piece): boolean {
    if (typeof piece === 'string' || !('at' in piece)) return false
    const undecided = piece.kind === 'run' ? piece.count > 0 && piece.canOpen : !piece.decided
    return undecided && this.#text.length - piece.at <= MAX_SPAN
  }

  #special(sign: string): void {
    switch (sign) {
      case '\n':
        return this.#lineEnd()
      case '\\':
        return this.#backslash()
      case '`':
        return this.#backticks()
      case '*':
      case '_':
      case '~':
        return this.#run()
      case '!':
        return this.#text[this.#at + 1] === '[' ? this.#openBracket('![') : this.#plain()
      case '[':
        return this.#openBracket('[')
      case ']':
        return this.#closeBracket()
      case '<':
        return this.#angle()
      case '$':
        return this.#formula() ? undefined : this.#plain()
      default:
        return this.#address(sign)
    }
  }

  #plain(count = 1): void {
    this.#at += count
  }

  #push(piece: Piece, end: number): number {
    const index = this.list.push(piece, this.#at, end)
    this.#at = end
    return index
  }

  #pending(): void {
    this.pendingAt = Math.min(this.pendingAt, this.#at)
  }

  #lineEnd(): void {
    const text = this.#text
    let end = this.#at
    while (end > this.list.textFrom && (text[end - 1] === ' ' || text[end - 1] === '\t')) end--
    const line = text.slice(text.lastIndexOf('\n', this.#at - 1) + 1, end)
    const isHard = this.#at - end >= 2 || !isWrapped(line)
    this.#break(end, isHard ? '<br>\n' : '\n', this.#at + 1)
  }

  #break(textEnd: number, html: Html, next: number): void {
    let at = next
    while (this.#text[at] === ' ' || this.#text[at] === '\t') at++
    this.list.push(html, textEnd, at)
    this.#at = at
    this.list.markBetween(at, at + 1)
  }

  #backslash(): void {
    const next = this.#text[this.#at + 1]
    if (next === undefined) this.#pending()
    if (next === '\n') return this.#break(this.#at, '<br>\n', this.#at + 2)
    if (next === undefined || !ESCAPABLE.test(next)) return this.#plain()
    if ((next === '(' || next === '[') && this.#formula()) return
    // An ampersand would otherwise begin an entity.
    if (next === '&') this.#push('&amp;', this.#at + 2)
    else {
      this.list.flush(this.#at, this.#at + 1)
      this.#plain(2)
    }
  }

  #backticks(): void {
    const { start, length, end } = this.#code.at(this.#at)
    const bodyStart = start + length
    const left = this.#text.length - start
    if (end !== undefined) this.#push(codeSpan(this.#text.slice(bodyStart, end)), end + length)
    else if (left > MAX_SPAN) this.#plain(length)
    else {
      this.#pending()
      if (this.#settings.ending === 'whole' || left === length) this.#plain(length)
      else this.#push(codeSpan(this.#text.slice(bodyStart)), this.#text.length)
    }
  }

  #run(): void {
    const run = runAt(this.#text, this.#at)
    if (typeof run === 'number') return this.#plain(run)
    this.#push(run, run.at + run.length)
    this.#runs.push(run)
  }

  #openBracket(source: Bracket['source']): void {
    const piece: Bracket = { kind: 'bracket', source, at: this.#at, hidden: false, decided: false }
    const index = this.#push(piece, this.#at + source.length)
    const top = this.#brackets.at(-1)
    if (top) top.holdsBracket = true
    this.#brackets.push({ piece, index, run: this.#runs.last, holdsBracket: false })
  }

  #closeBracket(): void {
    const opener = this.#brackets.pop()
    if (!opener) return this.#plain()
    const { piece, index, run } = opener
    const isImage = piece.source === '!['
    const isActive = isImage || this.#brackets.length >= this.#inactiveBelow
    this.#inactiveBelow = Math.min(this.#inactiveBelow, this.#brackets.length)
    piece.decided = true
    if (!isActive || this.#at - piece.at > MAX_SPAN) return this.#plain()
    const target = linkTarget(this.#text, this.#at, opener, this.#settings, this.#missing)
    if (target === 'no') return this.#plain()
    const end = target === 'unfinished' ? this.#text.length : target.end
    if (target === 'unfinished') {
      this.pendingAt = Math.min(this.pendingAt, piece.at)
      piece.hidden = true
      this.list.flush(this.#at, end)
    } else if (isImage) {
      const alt = this.#text.slice(piece.at + 2, this.#at)
      this.list.replaceFrom(index, image(target.value, alt), end)
      this.#runs.cut(run)
    } else {
      const [open, close] = linkTags(target.value, this.#text.slice(this.#at, end))
      this.#runs.settle(run)
      this.#push(close, end)
      this.list.pieces[index] = open
      this.#inactiveBelow = this.#brackets.length
    }
    this.#at = end
  }

  #angle(): void {
    const address = addressInAngles(this.#text, this.#at)
    if (address) return void this.#push(addressLink(address), address.end)
    LINE_BREAK.lastIndex = LINE_BREAK_SO_FAR.lastIndex = this.#at
    if (LINE_BREAK.test(this.#text)) return void this.#push('<br>', LINE_BREAK.lastIndex)
    if (LINE_BREAK_SO_FAR.test(this.#text)) this.#pending()
    this.#plain()
  }

  /** Reads a formula, and returns whether there is one. The beginning of a formula without an end is text. */
  #formula(): boolean {
    const start = this.#at
    const found = this.#text[start] === '$' ? this.#formulas.dollars(start) : this.#formulas.bracketed(start)
    if (found === 'unfinished') this.#pending()
    if (typeof found === 'string') return false
    const html = this.#settings.formula(found)
    this.#push({ kind: 'embed', html, plain: escapeHtml(found.source) }, found.end)
    return true
  }

  /** Reads an address without markup, at its `:`, `@` or `w`. */
  #address(sign: string): void {
    const [text, at] = [this.#text, this.#at]
    const from = this.list.textFrom
    const address = sign === '@' ? bareMail(text, at, from) : bareUrl(text, at, from)
    if (!address) return this.#plain()
    this.list.push(addressLink(address), address.start, address.end)
    this.#at = address.end
  }
}
