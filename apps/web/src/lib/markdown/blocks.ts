import type { Token, TokensList } from 'marked'
import { Lexer } from 'marked'
import { mayHoldOpenMath } from './math-syntax.ts'
import { markdownOptions } from './options.ts'

/** A top-level block of Markdown. Once `settled` it never changes again. */
export interface Block {
  raw: string
  /** An unfinished code fence: `code` is what stands in it so far. */
  fence?: { language: string; code: string }
  settled: boolean
}

export type Links = TokensList['links']

const FENCE = /^ {0,3}(`{3,}|~{3,})[ \t]*([^\n`]*)\n/
const LINE_WITH_TEXT = /^[^\n]*\S[^\n]*\n/

function startsAsOpenFence(raw: string): { fence: string; language: string; start: number } | undefined {
  const match = FENCE.exec(raw)
  if (!match?.[1]) return undefined
  const [head, fence] = match
  const language = (match[2] ?? '').trim().split(/\s/, 1)[0] ?? ''
  return { fence, language, start: head.length }
}

/** Matches the line that closes a fence: the same sign, at least as often, nothing else. */
function closingLine(fence: string): RegExp {
  const sign = fence[0] === '~' ? '~' : '`'
  return new RegExp(`^ {0,3}${sign}{${fence.length},}[ \\t]*(?:\\n|$)`, 'm')
}

function blockTokens(source: string): Token[] {
  return new Lexer(markdownOptions).blockTokens(source, [])
}

/**
 * Cuts Markdown that grows at its end into blocks. Only what follows the last settled block is looked
 * at again, and of a code fence that is still open not even that, so the cost of a token does not
 * grow with the answer.
 */
export class BlockSplitter {
  #text = ''
  #finished = false
  #blocks: Block[] = []
  #settled: Block[] = []
  #settledChars = 0
  #settledUpTo = 0
  #links: Links = {}
  #open: { close: RegExp; language: string; start: number; scanned: number } | undefined

  /** Link definitions seen so far; a new object whenever there is a new one. */
  get links(): Links {
    return this.#links
  }

  /**
   * The blocks of `text`. Settled blocks are the same objects as in the call
   * before, and for the same text all of them are.
   */
  update(text: string, finished = false): Block[] {
    const source = text.includes('\r') ? text.replaceAll(/\r\n?/g, '\n') : text
    if (source === this.#text && finished === this.#finished) return this.#blocks
    if (!source.startsWith(this.#text)) this.#reset()
    this.#text = source
    this.#finished = finished
    this.#blocks = this.#divide(source, finished)
    return this.#blocks
  }

  #divide(source: string, finished: boolean): Block[] {
    if (!finished) {
      const open = this.#openFence(source.slice(this.#settledChars))
      if (open) return [...this.#settled, open]
      this.#settle()
    }
    const tail = source.slice(this.#settledChars)
    const blocks = [...this.#settled, ...this.#cut(tail).map((raw) => ({ raw, settled: finished }))]
    const last = blocks.at(-1)
    const open = finished || !last ? undefined : this.#openFence(last.raw)
    if (open) blocks.splice(-1, 1, open)
    // A fence is looked for from the start of the tail next time, where another block may stand.
    if (open && open.raw !== tail) this.#open = undefined
    return blocks
  }

  #reset(): void {
    this.#settled = []
    this.#settledChars = 0
    this.#settledUpTo = 0
    this.#links = {}
    this.#open = undefined
  }

  #openFence(tail: string): Block | undefined {
    if (!this.#open) {
      const found = startsAsOpenFence(tail)
      if (!found) return undefined
      const { fence, language, start } = found
      this.#open = { close: closingLine(fence), language, start, scanned: start }
    }
    const open = this.#open
    // A closing line counts once it is complete: three signs may yet become four, or text follow them.
    if (open.close.exec(tail.slice(open.scanned))?.[0].endsWith('\n')) {
      this.#open = undefined
      return undefined
    }
    open.scanned = Math.max(open.start, tail.lastIndexOf('\n') + 1)
    return { raw: tail, fence: { language: open.language, code: tail.slice(open.start) }, settled: false }
  }

  /**
   * A block is settled when, by complete lines alone, another one with text has begun after it: an
   * incomplete line can still turn out to be the ruler of a table or the marker of a list.
   */
  #settle(): void {
    const end = this.#text.lastIndexOf('\n') + 1
    if (end <= this.#settledUpTo) return
    this.#settledUpTo = end
    const tail = this.#text.slice(this.#settledChars, end)
    let offset = 0
    for (const raw of this.#cut(tail)) {
      if (mayHoldOpenMath(tail.slice(offset))) break
      offset += raw.length
      if (!LINE_WITH_TEXT.test(tail.slice(offset))) break
      this.#settled = [...this.#settled, { raw, settled: true }]
      this.#settledChars += raw.length
    }
  }

  #cut(tail: string): string[] {
    const raws: string[] = []
    let offset = 0
    for (const token of blockTokens(tail)) {
      if (token.type === 'def') this.#define(token as DefToken)
      // Marked trims what ends a list here and there; what it lost track of stays one block.
      if (!tail.startsWith(token.raw, offset)) break
      offset += token.raw.length
      if (token.type === 'space' && raws.length > 0) raws.push(`${raws.pop() ?? ''}${token.raw}`)
      else raws.push(token.raw)
    }
    if (offset < tail.length) raws.push(tail.slice(offset))
    return raws
  }

  #define({ tag, href, title }: DefToken): void {
    if (this.#links[tag]) return
    this.#links = { ...this.#links, [tag]: { href, title } }
  }
}

interface DefToken {
  tag: string
  href: string
  title: string
}
