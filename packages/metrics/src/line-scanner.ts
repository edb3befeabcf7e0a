import type { Exemplar, Labels, Sample } from './exposition.ts'
import { ExpositionError } from './exposition.ts'

const TAB = 9
const CR = 13
const SPACE = 32
const QUOTE = 34
const HASH = 35
const COMMA = 44
const EQUALS = 61
const BACKSLASH = 92
const OPEN = 123
const CLOSE = 125

const DECIMAL = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i
const INFINITE = /^([+-]?)inf(?:inity)?$/i
const NOT_A_NUMBER = /^[+-]?nan$/i

/** Reads one line of a page from left to right. One scanner serves a whole page, so that no line is copied. */
export class LineScanner {
  readonly #page: string
  #number = 0
  #start = 0
  #at = 0
  #end = 0

  constructor(page: string) {
    this.#page = page
  }

  /** Moves to a line. `number` counts from 1; `start` and `end` are offsets, `end` exclusive and before the line feed. */
  enter(number: number, start: number, end: number): void {
    this.#number = number
    this.#start = start
    this.#at = start
    this.#end = end
  }

  /** Throws an error that holds the line's number and text. */
  fail(problem: string): never {
    throw new ExpositionError(problem, this.#number, this.#page.slice(this.#start, this.#end))
  }

  /** Skips blanks, then tells whether the line ends here. */
  ended(): boolean {
    this.#blanks()
    return this.#at >= this.#end
  }

  /** Skips blanks, then takes a `#` if there is one. */
  hash(): boolean {
    this.#blanks()
    return this.#take(HASH)
  }

  /** Skips blanks, then takes all up to the next blank; empty at the end of the line. */
  word(): string {
    this.#blanks()
    const from = this.#at
    while (this.#at < this.#end && !isBlank(this.#code())) this.#at++
    return this.#page.slice(from, this.#at)
  }

  /** Skips blanks, then takes the rest of the line as it is. */
  rest(): string {
    this.#blanks()
    return this.#page.slice(this.#at, this.#end)
  }

  /** Takes a metric name. */
  metricName(): string {
    this.#blanks()
    const name = this.#name(true)
    if (name === '') this.fail('expected a metric name')
    return name
  }

  /** Takes a whole sample: name, labels, value, and where present timestamp and exemplar. */
  sample(): Sample {
    const name = this.metricName()
    const labels = this.#labels()
    const value = this.#float('value')
    const bare = { name, labels, value }
    if (this.ended()) return bare
    const stamped = this.#code() === HASH ? bare : { ...bare, timestamp: this.#float('timestamp') }
    if (this.ended()) return stamped
    if (!this.#take(HASH)) this.fail('expected the end of the line')
    return { ...stamped, exemplar: this.#exemplar() }
  }

  #exemplar(): Exemplar {
    this.#blanks()
    if (this.#code() !== OPEN) this.fail('expected the labels of an exemplar')
    const labels = this.#labels()
    const value = this.#float('exemplar value')
    if (this.ended()) return { labels, value }
    const timestamp = this.#float('exemplar timestamp')
    if (!this.ended()) this.fail('expected the end of the line')
    return { labels, value, timestamp }
  }

  #labels(): Labels {
    const labels: Record<string, string> = {}
    this.#blanks()
    if (!this.#take(OPEN)) return labels
    for (;;) {
      this.#blanks()
      if (this.#take(CLOSE)) return labels
      const name = this.#name(false)
      if (name === '') this.fail('expected a label name')
      this.#blanks()
      if (!this.#take(EQUALS)) this.fail(`expected "=" after label ${name}`)
      this.#blanks()
      const value = this.#quoted(name)
      if (Object.hasOwn(labels, name)) this.fail(`label ${name} stands twice`)
      if (name === '__proto__') Object.defineProperty(labels, name, { value, ...plain })
      else labels[name] = value
      this.#blanks()
      if (!this.#take(COMMA) && this.#code() !== CLOSE) this.fail(`expected "," or "}" after label ${name}`)
    }
  }

  #quoted(label: string): string {
    if (!this.#take(QUOTE)) this.fail(`expected a quoted value for label ${label}`)
    const from = this.#at
    let escaped = false
    for (; this.#at < this.#end; this.#at++) {
      const code = this.#code()
      if (code === QUOTE) {
        const raw = this.#page.slice(from, this.#at++)
        return escaped ? unescaped(raw, true) : raw
      }
      if (code === BACKSLASH) {
        escaped = true
        this.#at++
      }
    }
    return this.fail(`the value of label ${label} does not end`)
  }

  #float(what: string): number {
    const word = this.word()
    if (DECIMAL.test(word)) return Number(word)
    const sign = INFINITE.exec(word)?.[1]
    if (sign !== undefined) return sign === '-' ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY
    if (NOT_A_NUMBER.test(word)) return Number.NaN
    return this.fail(word === '' ? `expected a ${what}` : `${JSON.stringify(word)} is no ${what}`)
  }

  #name(colons: boolean): string {
    const from = this.#at
    while (this.#at < this.#end && isNamePart(this.#code(), this.#at > from, colons)) this.#at++
    return this.#page.slice(from, this.#at)
  }

  #blanks(): void {
    while (this.#at < this.#end && isBlank(this.#code())) this.#at++
  }

  #take(code: number): boolean {
    if (this.#at >= this.#end || this.#code() !== code) return false
    this.#at++
    return true
  }

  #code(): number {
    return this.#page.charCodeAt(this.#at)
  }
}

const plain = { enumerable: true, configurable: true, writable: true }

const isBlank = (code: number): boolean => code === SPACE || code === TAB || code === CR

/** Matches `[a-zA-Z_:]`, and digits after the first character; colons are allowed in metric names only. */
function isNamePart(code: number, digits: boolean, colons: boolean): boolean {
  if ((code >= 97 && code <= 122) || (code >= 65 && code <= 90) || code === 95) return true
  return (digits && code >= 48 && code <= 57) || (colons && code === 58)
}

/** Decodes `\\`, `\n` and, with `quotes`, `\"`. A backslash before any other character stays a backslash. */
export function unescaped(text: string, quotes: boolean): string {
  return text.replace(quotes ? /\\([\\n"])/g : /\\([\\n])/g, (_, char: string) =>
    char === 'n' ? '\n' : char,
  )
}
