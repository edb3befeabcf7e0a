/** Milliseconds on a monotonic clock of any origin. */
export type MonotonicClock = () => number

/** What one generation took, all in milliseconds but `tokensPerSecond`. `null`: not known, never 0. */
export interface Timings {
  /** Accepted → left the admission queue. */
  readonly queuedMs: number | null
  /** Upstream request sent (the attempt that answered) → first token. */
  readonly upstreamTtftMs: number | null
  /** Accepted → first token, queueing included. */
  readonly ttftMs: number | null
  /** Accepted → last token; → now while none has arrived. */
  readonly e2eMs: number
  /** (last − first) / (tokens − 1). */
  readonly interTokenMsMean: number | null
  /** (tokens − 1) / (last − first). */
  readonly tokensPerSecond: number | null
  /** The longest wait between two arrivals. The wait for the first is `ttftMs` and does not count. */
  readonly longestGapMs: number | null
}

/**
 * Turns the arrivals of one generation's tokens into its timings. The only place that does, so that API, load
 * tester and browser mean the same by the same words.
 *
 * One meter a generation; it counts from its construction, unless it is told an earlier moment. A clock of one's own must be monotonic.
 */
export class StreamMeter {
  readonly #clock: MonotonicClock
  readonly #accepted: number
  // NaN stands for "not yet": the fields stay doubles, which V8 overwrites in place, so that `arrived` (called
  // tens of thousands of times a second) allocates nothing.
  #admitted = Number.NaN
  #sent = Number.NaN
  #first = Number.NaN
  #last = Number.NaN
  #longestGap = Number.NaN

  /** @param accepted when the request was accepted, on that clock; default: now */
  constructor(clock: MonotonicClock = now, accepted = clock()) {
    this.#clock = clock
    this.#accepted = accepted
  }

  /** The generation left the admission queue. A second call changes nothing. */
  admitted(): void {
    if (Number.isNaN(this.#admitted)) this.#admitted = this.#clock()
  }

  /** The upstream request was sent; once per attempt. The last before the first token counts. */
  sent(): void {
    if (Number.isNaN(this.#first)) this.#sent = this.#clock()
  }

  /** A non-empty piece of content or reasoning arrived. It may hold several tokens. */
  arrived(): void {
    const at = this.#clock()
    if (Number.isNaN(this.#first)) {
      this.#first = at
    } else {
      const gap = at - this.#last
      if (!(gap <= this.#longestGap)) this.#longestGap = gap
    }
    this.#last = at
  }

  /**
   * The timings up to now; may be asked for at any time.
   *
   * @param completionTokens how many tokens the answer has, from the server's usage. Without it, with fewer
   *   than two, or when they all came in one piece, the time between tokens is not known.
   */
  timings(completionTokens?: number): Timings {
    const span = this.#last - this.#first
    const steps = Number.isNaN(this.#longestGap) ? 0 : (completionTokens ?? 0) - 1
    return {
      queuedMs: orNull(this.#admitted - this.#accepted),
      upstreamTtftMs: orNull(this.#first - this.#sent),
      ttftMs: orNull(this.#first - this.#accepted),
      e2eMs: (Number.isNaN(this.#last) ? this.#clock() : this.#last) - this.#accepted,
      interTokenMsMean: steps >= 1 ? span / steps : null,
      tokensPerSecond: steps >= 1 && span > 0 ? (steps * 1000) / span : null,
      longestGapMs: orNull(this.#longestGap),
    }
  }
}

const now = (): number => performance.now()

const orNull = (ms: number): number | null => (Number.isNaN(ms) ? null : ms)
