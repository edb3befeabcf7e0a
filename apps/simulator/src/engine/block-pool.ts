const NONE = -1

/**
 * The blocks of the KV cache. Several sequences can hold a block together. A free block keeps its content until it is
 * taken and can be found by its hash until then. Every operation is O(1), on linked lists of indices.
 */
export class BlockPool {
  readonly size: number
  #free: number
  readonly #holders: Uint32Array
  /** The free list, in the order in which blocks are taken. It is circular; the extra entry at `size` joins its ends. */
  readonly #next: Int32Array
  readonly #previous: Int32Array
  readonly #hashes: Float64Array
  readonly #byHash = new Map<number, number>()
  /** Lists of blocks with equal content, which several sequences computed at once. The map holds the first of each. */
  readonly #nextTwin: Int32Array
  readonly #previousTwin: Int32Array

  /** @param size number of blocks */
  constructor(size: number) {
    this.size = size
    this.#free = size
    this.#holders = new Uint32Array(size)
    this.#next = Int32Array.from({ length: size + 1 }, (_, block) => (block + 1) % (size + 1))
    this.#previous = Int32Array.from({ length: size + 1 }, (_, block) => (block + size) % (size + 1))
    this.#hashes = new Float64Array(size).fill(NONE)
    this.#nextTwin = new Int32Array(size).fill(NONE)
    this.#previousTwin = new Int32Array(size).fill(NONE)
  }

  get free(): number {
    return this.#free
  }

  isHeld(block: number): boolean {
    return this.#at(this.#holders, block) > 0
  }

  /** Takes the next free block for the caller to hold; its content is forgotten. @throws {RangeError} if none is free */
  allocate(): number {
    const block = this.#at(this.#next, this.size)
    if (block === this.size) throw new RangeError('no block of the KV cache is free')
    if (this.#hashes[block] !== NONE) this.#clearHash(block)
    this.hold(block)
    return block
  }

  /** Adds a holder. */
  hold(block: number): void {
    const holders = this.#at(this.#holders, block)
    if (holders === 0) this.#unlink(block)
    this.#holders[block] = holders + 1
  }

  /**
   * Removes a holder. A block without holders is free. It is taken last if it has a hash, otherwise first.
   * @throws {RangeError} if the block had no holder
   */
  release(block: number): void {
    const holders = this.#at(this.#holders, block)
    if (holders === 0) throw new RangeError(`block ${block} is not held`)
    this.#holders[block] = holders - 1
    if (holders > 1) return
    if (this.#hashes[block] === NONE) this.#linkAfter(this.size, block)
    else this.#linkAfter(this.#at(this.#previous, this.size), block)
  }

  /** Makes the block findable by `hash`, an integer of at least 0. The block must not have a hash yet. */
  setHash(block: number, hash: number): void {
    if (this.#hashes[block] !== NONE) throw new RangeError(`block ${block} has a hash`)
    this.#hashes[block] = hash
    const first = this.#byHash.get(hash)
    if (first === undefined) {
      this.#byHash.set(hash, block)
      return
    }
    const second = this.#at(this.#nextTwin, first)
    this.#nextTwin[first] = block
    this.#previousTwin[block] = first
    this.#nextTwin[block] = second
    if (second !== NONE) this.#previousTwin[second] = block
  }

  /** A block with this hash, held or free; `undefined` if there is none. */
  find(hash: number): number | undefined {
    return this.#byHash.get(hash)
  }

  #clearHash(block: number): void {
    const hash = this.#at(this.#hashes, block)
    const next = this.#at(this.#nextTwin, block)
    const previous = this.#at(this.#previousTwin, block)
    if (next !== NONE) this.#previousTwin[next] = previous
    if (previous !== NONE) this.#nextTwin[previous] = next
    else if (next !== NONE) this.#byHash.set(hash, next)
    else this.#byHash.delete(hash)
    this.#hashes[block] = this.#nextTwin[block] = this.#previousTwin[block] = NONE
  }

  #unlink(block: number): void {
    const next = this.#at(this.#next, block)
    const previous = this.#at(this.#previous, block)
    this.#next[previous] = next
    this.#previous[next] = previous
    this.#free--
  }

  #linkAfter(previous: number, block: number): void {
    const next = this.#at(this.#next, previous)
    this.#next[previous] = this.#previous[next] = block
    this.#next[block] = next
    this.#previous[block] = previous
    this.#free++
  }

  #at(column: Uint32Array | Int32Array | Float64Array, index: number): number {
    return column[index] as number
  }
}
