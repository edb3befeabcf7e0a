import { BlockPool } from './block-pool.ts'
import { blockHash, rootHash } from './prefix-hash.ts'
import type { SequenceState } from './sequence-state.ts'

export interface KvCacheConfig {
  /**
   * Blocks that sequences can use: one less than vLLM's `num_gpu_blocks`, of which vLLM reserves one as a placeholder.
   */
  readonly blocks: number
  /** Tokens in a block. */
  readonly blockTokens: number
  /** Whether sequences share the blocks of equal prefixes. */
  readonly prefixCaching: boolean
}

/** Assigns blocks of the KV cache to sequences, and finds the blocks that a sequence can share with others. */
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

  /** Whether a sequence of this many tokens fits when it is alone. */
  canEverHold(tokens: number): boolean {
    return Math.ceil(tokens / this.#blockTokens) <= this.#pool.size
  }

  /**
   * Gives a sequence that has no blocks the cached blocks of its prefix, which never include its last token. Returns the
   * number of tokens in these blocks. Returns `undefined` and does nothing if the tokens so far would not all fit:
   * `extend` takes the other blocks later, but a sequence without room for them would only be preempted.
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
    state.hashed = blocks.length
    return blocks.length * this.#blockTokens
  }

  /**
   * Takes the blocks that a sequence still needs for its first `tokens` tokens. Its full blocks can be found by other
   * sequences at once, even in the same step, because the GPU writes keys and values before it reads them. Returns false
   * and does nothing if too few blocks are free.
   */
  extend(state: SequenceState, tokens: number): boolean {
    const { blocks } = state
    let missing = Math.ceil(tokens / this.#blockTokens) - blocks.length
    if (missing > this.#pool.free) return false
    for (; missing > 0; missing--) blocks.push(this.#pool.allocate())
    if (!this.#prefixCaching) return true
    for (let at = state.hashed; (at + 1) * this.#blockTokens <= tokens; at++) {
      this.#pool.setHash(blocks[at] as number, this.#hashOf(state, at))
      state.hashed = at + 1
    }
    return true
  }

  /** Releases all blocks of a sequence, last block first, so that the prefix, which others may share, is evicted last. */
  free(state: SequenceState): void {
    const { blocks } = state
    for (let at = blocks.length - 1; at >= 0; at--) this.#pool.release(blocks[at] as number)
    blocks.length = 0
    state.hashed = 0
  }

  #hashOf({ hashes, sequence }: SequenceState, block: number): number {
    for (let at = hashes.length; at <= block; at++) {
      const parent = hashes[at - 1] ?? rootHash(sequence.cacheSalt)
      hashes.push(blockHash(parent, sequence, at * this.#blockTokens, this.#blockTokens))
    }
    return hashes[block] as number
  }
}
