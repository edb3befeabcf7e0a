/** Common words, one token each in most vocabularies. */
const WORDS = (
  'time year people way day man thing woman life child world school state family student group country problem hand ' +
  'part place case week company system program question work government number night point home water room mother ' +
  'area money story fact month lot right study book eye job word business issue side kind head house service friend ' +
  'father power hour game line end member law car city community name president team minute idea body information'
).split(' ')

/** Makes prompts that no cache has seen: every word is random, from the first one on. */
export class PromptSource {
  readonly #random: () => number

  /** @param random uniform in [0, 1) */
  constructor(random: () => number = Math.random) {
    this.#random = random
  }

  next(words: number): string {
    const draw = () => WORDS[Math.floor(this.#random() * WORDS.length)] ?? ''
    return Array.from({ length: words }, draw).join(' ')
  }

  /** A `cache_salt` that separates a request's prefix cache, because all prompts begin with the same chat template. */
  salt(): string {
    return `calibrate-${Math.floor(this.#random() * 2 ** 53).toString(36)}`
  }
}
