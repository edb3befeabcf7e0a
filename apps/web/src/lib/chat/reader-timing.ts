export interface ReaderReport {
  ttftMs: number | null
  interTokenMsMean: number | null
  longestGapMs: number | null
}

/** Times of one answer as its reader saw them, measured in the browser from pressing Send to each piece of text. */
export class ReaderTiming {
  readonly #clock: () => number
  readonly #sentAt: number
  #first: number | undefined
  #last = 0
  #pieces = 0
  #longestGap = 0

  /** @param clock monotonic, in milliseconds */
  constructor(clock: () => number) {
    this.#clock = clock
    this.#sentAt = clock()
  }

  text(): void {
    const now = this.#clock()
    if (this.#first === undefined) this.#first = now
    else this.#longestGap = Math.max(this.#longestGap, now - this.#last)
    this.#last = now
    this.#pieces++
  }

  /** @param tokens the model server's count; if all text came at once, the time between tokens is unknown */
  report(tokens: number | undefined): ReaderReport | undefined {
    if (this.#first === undefined) return undefined
    const gaps = this.#pieces > 1 ? (tokens ?? 0) - 1 : 0
    return {
      ttftMs: this.#first - this.#sentAt,
      interTokenMsMean: gaps > 0 ? (this.#last - this.#first) / gaps : null,
      longestGapMs: gaps > 0 ? this.#longestGap : null,
    }
  }
}
