/** A source of numbers from 0 to below 1. The same seed gives the same ones. */
function randomOf(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0
    // The upper bits are the better ones.
    return ((state ^ (state >>> 15)) >>> 0) / 2 ** 32
  }
}

const FIRST_CHARACTER = 0x4e00
const CHARACTERS = 3_500
const CHINESE_WORDS = 20_000
const ENGLISH_WORDS = 8_000
const SYLLABLES =
  'ba be bi co ca de di fo ga he in ko la le lo ma me mi na no on pa pe re ri sa si te th ing er'.split(' ')

/** Texts for a large store: two thirds Chinese, a third English, with words as unevenly frequent as in real texts. */
export class Corpus {
  readonly #random: () => number
  /** Words, the most frequent ones first. */
  readonly chinese: readonly string[]
  readonly english: readonly string[]

  constructor(seed: number) {
    this.#random = randomOf(seed)
    const character = (): string =>
      String.fromCharCode(FIRST_CHARACTER + ((this.#rank(CHARACTERS) * 37) % 20_000))
    const word = (longest: number, part: () => string): string =>
      Array.from({ length: 1 + Math.floor(this.#random() * longest) }, part).join('')
    this.chinese = Array.from({ length: CHINESE_WORDS }, () => word(3, character))
    this.english = Array.from({ length: ENGLISH_WORDS }, () =>
      word(4, () => SYLLABLES[Math.floor(this.#random() * SYLLABLES.length)] ?? ''),
    )
  }

  /** A number from 0 to below `count`. */
  below(count: number): number {
    return Math.floor(this.#random() * count)
  }

  /** @param mean mean number of characters */
  text(mean: number): string {
    const length = 2 + this.below(2 * mean)
    const isChinese = this.#random() < 2 / 3
    let text = ''
    while (text.length < length)
      text += isChinese
        ? (this.chinese[this.#rank(CHINESE_WORDS)] ?? '') + (this.#random() < 0.15 ? '，' : '')
        : `${this.english[this.#rank(ENGLISH_WORDS)] ?? ''} `
    return text
  }

  /** A rank from 0 on; rank n is about 1/n as frequent as the first (Zipf's law). */
  #rank(count: number): number {
    return Math.floor(count ** this.#random()) - 1
  }
}
