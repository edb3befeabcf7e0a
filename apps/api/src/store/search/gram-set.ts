/** Slots at first; a power of two. */
const SLOTS = 1 << 14

/**
 * A set of 32-bit numbers that is emptied and used again. JavaScript's own `Set` takes five times as long here, because
 * numbers of more than 31 bits are objects to it. The slots in use are noted, so that a short text costs little.
 */
export class GramSet {
  #slots = new Int32Array(SLOTS)
  #used: number[] = []

  /** @param gram any 32-bit number except 0 */
  add(gram: number): void {
    const mask = this.#slots.length - 1
    let at = (Math.imul(gram, 0x9e3779b1) >>> 8) & mask
    for (;;) {
      const there = this.#slots[at]
      if (there === gram) return
      if (there === 0) break
      at = (at + 1) & mask
    }
    this.#slots[at] = gram
    if (this.#used.push(at) * 2 > this.#slots.length) this.#grow()
  }

  /** The numbers, in the order in which they were added. The set is empty afterwards. */
  take(): number[] {
    const slots = this.#slots
    const grams = this.#used.map((at) => slots[at] ?? 0)
    if (slots.length > SLOTS) this.#slots = new Int32Array(SLOTS)
    else for (const at of this.#used) slots[at] = 0
    this.#used = []
    return grams
  }

  #grow(): void {
    const size = this.#slots.length * 2
    const grams = this.take()
    this.#slots = new Int32Array(size)
    for (const gram of grams) this.add(gram)
  }
}
