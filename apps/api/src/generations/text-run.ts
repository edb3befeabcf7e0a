import type { TextEvent } from '@slicechat/contract'

/** Number of pieces that are joined into a block: one string needs less memory than 64 short ones. */
const PIECES_PER_BLOCK = 64

interface Block {
  start: number
  text: string
}

/** Consecutive text of one kind in a generation's log. Positions count UTF-16 code units, like string lengths. */
export class TextRun {
  readonly kind: TextEvent['type']
  readonly start: number
  end: number
  readonly #blocks: Block[] = []
  /** Pieces since the last block, which ends at the position `#open`. */
  #pieces: string[] = []
  #open: number

  constructor(kind: TextEvent['type'], start: number) {
    this.kind = kind
    this.start = start
    this.end = start
    this.#open = start
  }

  append(text: string): void {
    this.#pieces.push(text)
    this.end += text.length
    if (this.#pieces.length < PIECES_PER_BLOCK) return
    this.#blocks.push({ start: this.#open, text: this.#pieces.join('') })
    this.#pieces = []
    this.#open = this.end
  }

  /** The text from `position` on, at most `max` code units. It never ends between two surrogates. */
  read(position: number, max = Number.POSITIVE_INFINITY): string {
    const text = position < this.#open ? this.#fromBlocks(position, max) : this.#fromPieces(position)
    if (text.length <= max) return text
    const last = text.charCodeAt(max - 1)
    return text.slice(0, last >= 0xd800 && last <= 0xdbff ? max - 1 : max)
  }

  /** Walks back from the end, because a live reader is only a few pieces behind. */
  #fromPieces(position: number): string {
    let at = this.end
    let i = this.#pieces.length
    while (i > 0 && at > position) at -= this.#pieces[--i]?.length ?? 0
    const text = i === this.#pieces.length - 1 ? (this.#pieces[i] ?? '') : this.#pieces.slice(i).join('')
    return at === position ? text : text.slice(position - at)
  }

  #fromBlocks(position: number, max: number): string {
    let i = this.#blockAt(position)
    const first = this.#blocks[i]
    if (first === undefined) return ''
    const found = [first.text.slice(position - first.start)]
    let length = found[0]?.length ?? 0
    while (length <= max && ++i < this.#blocks.length) {
      const { text } = this.#blocks[i] ?? first
      found.push(text)
      length += text.length
    }
    if (length <= max) found.push(...this.#pieces)
    return found.join('')
  }

  /** Index of the block that holds `position`. */
  #blockAt(position: number): number {
    let low = 0
    let high = this.#blocks.length - 1
    while (low < high) {
      const middle = (low + high + 1) >> 1
      if ((this.#blocks[middle]?.start ?? 0) <= position) low = middle
      else high = middle - 1
    }
    return low
  }
}
