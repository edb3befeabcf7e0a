/** Slots at first; a power of two. */
const SLOTS = 1 << 14

/**
 * A set of 32-bit numbers that is emptied and used again. JavaScript's own `Set` takes five times as long here, because
 * numbers of more than 31 bits are objects to it.
 */
export class GramSet {
  #slots = new Int32Array(SLOTS)
  #size = 0

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
    if (++this.#size * 2 > this.#slots.length) this.#grow()
  }

  /** The numbers, in no order. The set is empty afterwards. */
  take(): number[] {
    const grams = [...this.#slots.filter((gram) => gram !== 0)]
    if (this.#slots.length > SLOTS) this.#slots = new Int32Array(SLOTS)
    else this.#slots.fill(0)
    this.#size = 0
    return grams
  }

  #grow(): void {
    const old = this.#slots
    this.#slots = new Int32Array(old.length * 2)
    this.#size = 0
    for (const gram of old) if (gram !== 0) this.add(gram)
  }
}
