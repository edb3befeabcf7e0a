export interface ReaderReport {
  ttftMs: number | null
  interTokenMsMean: number | null
  longestGapMs: number | null
}

/** What the reader felt of one answer, measured where they sit: from pressing Send to each piece of text. */
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

  /** @param tokens as the model server counted them; when all came at once, the time between them is not known */
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
