import { BlockPool } from './block-pool.ts'
import { blockHash, rootHash } from './prefix-hash.ts'
import type { SequenceState } from './sequence-state.ts'

export interface KvCacheConfig {
  /**
   * Blocks that sequences can use. vLLM sets one of its `num_gpu_blocks` aside as a placeholder: there it is one less.
   */
  readonly blocks: number
  /** Tokens in a block. */
  readonly blockTokens: number
  /** Whether sequences share the blocks of equal beginnings. */
  readonly prefixCaching: boolean
}

/** Which sequence holds which blocks of the KV cache, and which of them others may share. */
export class KvCache {
  readonly #pool: BlockPool
  readonly #blockTokens: number
  readonly #prefixCaching: boolean

  constructor({ blocks, blockTokens, prefixCaching }: KvCacheConfig) {
    this.#pool = new BlockPool(blocks)
    this.#blockTokens = blockTokens
    this.#prefixCaching = prefixCaching
  }

  /** Share of the blocks that sequences hold, 0 to 1. */
  get usage(): number {
    return 1 - this.#pool.free / this.#pool.size
  }

  /** Whether a sequence of so many tokens fits when there is no other. */
  canEverHold(tokens: number): boolean {
    return Math.ceil(tokens / this.#blockTokens) <= this.#pool.size
  }

  /**
   * Gives a sequence without blocks those that were already computed for its beginning, all but its last token at
   * most. Returns their tokens, or `undefined`, with nothing done, if all its tokens so far would not fit: blocks for
   * the rest are taken by `extend`, but to admit what cannot be finished would only mean to preempt it.
   */
  admit(state: SequenceState): number | undefined {
    const { blocks } = state
    const { tokens } = state
    let newlyHeld = 0
    const most = this.#prefixCaching ? Math.floor((tokens - 1) / this.#blockTokens) : 0
    for (let at = 0; at < most; at++) {
      const block = this.#pool.find(this.#hashOf(state, at))
      if (block === undefined) break
      if (!this.#pool.isHeld(block)) newlyHeld++
      blocks.push(block)
    }
    const others = Math.ceil(tokens / this.#blockTokens) - blocks.length
    if (others + newlyHeld > this.#pool.free) {
      blocks.length = 0
      return undefined
    }
    for (const block of blocks) this.#pool.hold(block)
    state.remembered = blocks.length
    return blocks.length * this.#blockTokens
  }

  /**
   * Takes the blocks that a sequence's first `tokens` tokens still need, and lets others find those that are full, in
   * the same step already: the GPU writes keys and values before it reads any. False, with nothing done, if there are
   * not enough.
   */
  extend(state: SequenceState, tokens: number): boolean {
    const { blocks } = state
    let missing = Math.ceil(tokens / this.#blockTokens) - blocks.length
    if (missing > this.#pool.free) return false
    for (; missing > 0; missing--) blocks.push(this.#pool.take())
    if (!this.#prefixCaching) return true
    for (let at = state.remembered; (at + 1) * this.#blockTokens <= tokens; at++) {
      this.#pool.remember(blocks[at] as number, this.#hashOf(state, at))
      state.remembered = at + 1
    }
    return true
  }

  /** Lets go of all blocks of a sequence, the last first: the beginning, which others may share, is evicted last. */
  free(state: SequenceState): void {
    const { blocks } = state
    for (let at = blocks.length - 1; at >= 0; at--) this.#pool.release(blocks[at] as number)
    blocks.length = 0
    state.remembered = 0
  }

  #hashOf({ hashes, sequence }: SequenceState, block: number): number {
    for (let at = hashes.length; at <= block; at++) {
      const parent = hashes[at - 1] ?? rootHash(sequence.cacheSalt)
      hashes.push(blockHash(parent, sequence, at * this.#blockTokens, this.#blockTokens))
    }
    return hashes[block] as number
  }
}
