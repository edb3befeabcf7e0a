const LANES = [0x9e3779b9, 0x243f6a88, 0xb7e15162, 0x6a09e667]
const FNV_PRIME = 0x01000193

/**
 * A stream of random numbers that its key determines. Each purpose and each conversation has its own stream, so that
 * the draws of one do not change another. xoshiro128** (Blackman and Vigna); its state is four hashes of the key.
 */
export class RandomStream {
  #a: number
  #b: number
  #c: number
  #d: number

  constructor(...key: readonly (string | number)[]) {
    const [a = 0, b = 0, c = 0, d = 0] = LANES.map((basis) => hash(key, basis))
    this.#a = a
    this.#b = b
    this.#c = c
    // A state of zeros would stay zero.
    this.#d = (a | b | c | d) === 0 ? 1 : d
  }

  /** A number between 0 and 1, both excluded, with 52 random bits. */
  uniform(): number {
    const high = this.#next() >>> 6
    const low = this.#next() >>> 6
    return (high * 2 ** 26 + low + 0.5) / 2 ** 52
  }

  /** A whole number from 0 to `count - 1`. */
  below(count: number): number {
    return Math.floor(this.uniform() * count)
  }

  /** A random element of a list. */
  pick<T>(list: readonly [T, ...T[]] | readonly T[]): T {
    return list[this.below(list.length)] as T
  }

  #next(): number {
    const result = Math.imul(turned(Math.imul(this.#b, 5), 7), 9)
    const shifted = this.#b << 9
    this.#c ^= this.#a
    this.#d ^= this.#b
    this.#b ^= this.#c
    this.#a ^= this.#d
    this.#c ^= shifted
    this.#d = turned(this.#d, 11)
    return result >>> 0
  }
}

const turned = (bits: number, by: number) => (bits << by) | (bits >>> (32 - by))

/** FNV-1a over the key's parts, then mixed, so that keys that differ in one digit give unrelated states. */
function hash(key: readonly (string | number)[], basis: number): number {
  let h = basis
  for (const part of key) {
    const text = String(part)
    for (let index = 0; index < text.length; index++) h = Math.imul(h ^ text.charCodeAt(index), FNV_PRIME)
    // Marks the end of the part: ('ab', 'c') is another key than ('a', 'bc').
    h = Math.imul(h ^ 0x1_0000, FNV_PRIME)
  }
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return h ^ (h >>> 16)
}
