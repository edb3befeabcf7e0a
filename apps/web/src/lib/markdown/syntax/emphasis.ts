import { characterAt, characterBefore, isPunctuation, neighbour } from './characters.ts'
import type { Run, Tag } from './pieces.ts'

/** Emphasis, code, formulas and link texts that are longer than this many characters are read as text. */
export const MAX_SPAN = 10_000

/**
 * Whether a run may begin and end emphasis. CommonMark's rule (§6.2) relies on blanks between words. East Asian text
 * has none, so punctuation does not hinder a run beside it (https://github.com/tats-u/markdown-cjk-friendly).
 */
function flanks(text: string, start: number, end: number): { canOpen: boolean; canClose: boolean } {
  const [before, after] = [characterBefore(text, start), characterAt(text, end)]
  const [left, right] = [neighbour(before), neighbour(after)]
  const leftFlanking = right !== 'blank' && (right !== 'punctuation' || left !== 'other')
  const rightFlanking = left !== 'blank' && (left !== 'punctuation' || right !== 'other')
  if (text[start] !== '_') return { canOpen: leftFlanking, canClose: rightFlanking }
  return {
    canOpen: leftFlanking && (!rightFlanking || isPunctuation(before)),
    canClose: rightFlanking && (!leftFlanking || isPunctuation(after)),
  }
}

/** The run that begins at an index, or the number of its signs if they are only text. */
export function runAt(text: string, at: number): Run | number {
  const sign = text[at] as Run['sign']
  let end = at
  while (text[end] === sign) end++
  const length = end - at
  const { canOpen, canClose } = flanks(text, at, end)
  // A single tilde is text: "20~25°C".
  if ((sign === '~' && length !== 2) || (!canOpen && !canClose)) return length
  const parts = { count: length, opens: [], closes: [], previous: undefined, next: undefined }
  return { kind: 'run', sign, at, length, canOpen, canClose, ...parts }
}

const TAGS: Record<Run['sign'], readonly [string, string]> = {
  '*': ['em', 'strong'],
  _: ['em', 'strong'],
  '~': ['del', 'del'],
}

function pair(opener: Run, closer: { closes: Tag[] }, size: number, atEnd = false): void {
  const name = TAGS[opener.sign][size === 2 ? 1 : 0]
  const source = opener.sign.repeat(size)
  opener.opens.unshift({ kind: 'open', html: `<${name}>`, source })
  closer.closes.push({ kind: 'close', html: `</${name}>`, source: atEnd ? '' : source })
  opener.count -= size
}

const KINDS: readonly Run['sign'][] = ['*', '_', '~']
/** Number of a run's kind. Closers of the same kind find, or do not find, the same openers. */
const kindOf = ({ sign, canOpen, length }: Run): number =>
  KINDS.indexOf(sign) * 6 + (canOpen ? 3 : 0) + (length % 3)

/** The runs that may still become emphasis, in order. */
export class Runs {
  #first: Run | undefined
  #last: Run | undefined

  get last(): Run | undefined {
    return this.#last
  }

  push(run: Run): void {
    run.previous = this.#last
    if (this.#last) this.#last.next = run
    else this.#first = run
    this.#last = run
  }

  /**
   * Turns the runs behind `bottom` into emphasis, and their remaining signs into text: CommonMark's "process emphasis".
   */
  settle(bottom: Run | undefined): void {
    this.#match(bottom)
    this.cut(bottom)
  }

  /** The same for all runs, at the end of the text, except that runs which could still be closed stay. */
  match(): void {
    this.#match(undefined)
  }

  #match(bottom: Run | undefined): void {
    // For each kind of closer, the position below which no opener is left.
    const bottoms = new Array<number>(18).fill(bottom ? bottom.at + 1 : 0)
    let closer = bottom ? bottom.next : this.#first
    while (closer) {
      const kind = kindOf(closer)
      const opener = closer.canClose ? this.#openerFor(closer, bottoms[kind] ?? 0) : undefined
      const { next }: Run = closer
      if (opener) {
        const size = closer.count >= 2 && opener.count >= 2 ? 2 : 1
        pair(opener, closer, size)
        closer.count -= size
        opener.next = closer
        closer.previous = opener
        if (opener.count === 0) this.#remove(opener)
        if (closer.count > 0) continue
        this.#remove(closer)
      } else if (closer.canClose) {
        bottoms[kind] = closer.at
        if (!closer.canOpen) this.#remove(closer)
      }
      closer = next
    }
  }

  #openerFor(closer: Run, bottom: number): Run | undefined {
    for (let run = closer.previous; run && run.at >= bottom; run = run.previous) {
      if (closer.at - run.at > MAX_SPAN) return undefined
      if (run.sign === closer.sign && run.canOpen && matches(run, closer)) return run
    }
    return undefined
  }

  /** Closes open runs for now, as later text most likely will. Returns the tags for the end of the text. */
  closeAt(end: number): Tag[] {
    const closes: Tag[] = []
    for (let run = this.#last; run; run = run.previous) {
      const inWord = run.canClose && run.count === 1
      if (!run.canOpen || inWord || end - run.at > MAX_SPAN || run.at + run.length >= end) continue
      while (run.count > 0) pair(run, { closes }, run.count >= 2 ? 2 : 1, true)
    }
    return closes
  }

  /** Drops the runs behind `bottom`. */
  cut(bottom: Run | undefined): void {
    if (bottom) bottom.next = undefined
    else this.#first = undefined
    this.#last = bottom
  }

  #remove(run: Run): void {
    if (run.previous) run.previous.next = run.next
    else this.#first = run.next
    if (run.next) run.next.previous = run.previous
    else this.#last = run.previous
  }
}

/** Whether two runs match, by CommonMark's rules 9 and 10. A strikethrough needs two signs on both sides. */
function matches(opener: Run, closer: Run): boolean {
  if (opener.sign === '~') return opener.count === 2 && closer.count === 2
  if (!opener.canClose && !closer.canOpen) return true
  return (opener.length + closer.length) % 3 !== 0 || (opener.length % 3 === 0 && closer.length % 3 === 0)
}
