import type { Beginning } from './block-starts.ts'
import type { Block, Container, Formula, Root } from './blocks.ts'
import { canContain, isContainer } from './blocks.ts'

/** The open blocks, each the last child of the one before. */
export class Spine {
  readonly #blocks: Block[]
  #keys: number
  readonly #tentative: boolean

  private constructor(blocks: Block[], keys: number, tentative: boolean) {
    this.#blocks = blocks
    this.#keys = keys
    this.#tentative = tentative
  }

  static begin(): Spine {
    return new Spine([{ type: 'root', key: 0, final: false, children: [] }], 1, false)
  }

  /** A copy that can grow without changing this one. Closed blocks are shared. */
  fork(): Spine {
    const copies = this.#blocks.map(copyOf)
    copies.forEach((copy, i) => {
      const parent = copies[i - 1]
      if (parent && isContainer(parent)) parent.children[parent.children.length - 1] = copy
    })
    return new Spine(copies, this.#keys, true)
  }

  get length(): number {
    return this.#blocks.length
  }

  get root(): Root {
    return this.#blocks[0] as Root
  }

  get tip(): Block {
    return this.#blocks.at(-1) ?? this.root
  }

  at(depth: number): Block {
    return this.#blocks[depth] ?? this.root
  }

  /** Adds a block to the tip, which must be able to contain it. A blank line before it makes a list loose. */
  add(beginning: Beginning<Block>, blankBefore: boolean): void {
    const parent = this.tip as Container
    const block = { ...beginning, key: this.#keys++, final: false } as Block
    if (blankBefore && parent.children.length > 0) {
      const list = parent.type === 'item' ? this.#blocks.at(-2) : parent
      if (list?.type === 'list') list.tight = false
    }
    if (block.type === 'paragraph') block.nested = parent.type !== 'root'
    parent.children.push(block)
    this.#blocks.push(block)
  }

  tipCanContain(type: Block['type']): boolean {
    return canContain(this.tip, type)
  }

  /** Closes the tip. @param growing whether the text breaks off there, so that open markup in it may be closed */
  close(growing = false): Block {
    const block = this.#blocks.pop() ?? this.root
    block.final = !this.#tentative
    if ('open' in block) block.open = growing
    return block
  }

  /** Removes the tip from the document, as if it had never been there. */
  remove(): void {
    this.#blocks.pop()
    const parent = this.tip
    if (isContainer(parent)) parent.children.pop()
  }

  /** Removes an unfinished formula at the tip, and returns it. */
  takeBrokenFormula(): Formula | undefined {
    const { tip } = this
    if (tip.type !== 'formula' || tip.closed) return undefined
    this.remove()
    return tip
  }
}

function copyOf(block: Block): Block {
  if (isContainer(block)) return { ...block, children: [...block.children] }
  if ('lines' in block) return { ...block, lines: [...block.lines] }
  return { ...block }
}
