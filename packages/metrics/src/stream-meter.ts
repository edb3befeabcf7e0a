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
  /** (last − first) / (tokens − 1); `null` where the text came in one burst. */
  readonly interTokenMsMean: number | null
  /** (tokens − 1) / (last − first); `null` where the text came in one burst. */
  readonly tokensPerSecond: number | null
  /** The longest wait between two arrivals. The wait for the first is `ttftMs` and does not count. */
  readonly longestGapMs: number | null
}

/**
 * Below this mean time between tokens (10,000 tokens/s) an answer was made before it was sent: a proxy or the server
 * held it back, and the time between its pieces is the network's. No model server makes a single answer that fast.
 */
export const MIN_INTER_TOKEN_MS = 0.1

/** Reads whose time is known (the load tester stamps each read once) are one arrival within this time of its beginning. */
export const SAME_ARRIVAL_MS = 1

/** Pieces closer than this to the one before are one arrival: they came in the same read, and were stamped one after the other. */
const SAME_READ_MS = 0.3

/** From so many arrivals on, what the first one held (and so is not timed) matters little. */
const ENOUGH_ARRIVALS = 4

/**
 * The mean time between an answer's tokens, milliseconds: (last − first) / (tokens − 1).
 *
 * @param arrivals how many reads its text came in, those within `SAME_ARRIVAL_MS` of another counting as one
 * @returns `null` with fewer than two tokens, or when they came in one burst or in a few large ones: then nobody knows
 */
export function meanInterTokenMs(spanMs: number, tokens: number, arrivals: number): number | null {
  if (tokens < 2 || arrivals < 2) return null
  if (arrivals < ENOUGH_ARRIVALS && tokens > 2 * arrivals) return null
  const mean = spanMs / (tokens - 1)
  return mean >= MIN_INTER_TOKEN_MS ? mean : null
}

/** Timings without a pace that cannot be true, for answers that were stored by a version that believed it. */
export function believable(timings: Timings): Timings {
  const { interTokenMsMean: mean } = timings
  if (mean === null || mean >= MIN_INTER_TOKEN_MS) return timings
  return { ...timings, interTokenMsMean: null, tokensPerSecond: null }
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
  #arrivals = 0

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
    if (!(at - this.#last < SAME_READ_MS)) this.#arrivals++
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
   *   than two, or when they came in one burst or in a few large ones, the time between tokens is not known.
   */
  timings(completionTokens?: number): Timings {
    const mean = meanInterTokenMs(this.#last - this.#first, completionTokens ?? 0, this.#arrivals)
    return {
      queuedMs: orNull(this.#admitted - this.#accepted),
      upstreamTtftMs: orNull(this.#first - this.#sent),
      ttftMs: orNull(this.#first - this.#accepted),
      e2eMs: (Number.isNaN(this.#last) ? this.#clock() : this.#last) - this.#accepted,
      interTokenMsMean: mean,
      tokensPerSecond: mean === null ? null : 1000 / mean,
      longestGapMs: orNull(this.#longestGap),
    }
  }
}

const now = (): number => performance.now()

const orNull = (ms: number): number | null => (Number.isNaN(ms) ? null : ms)
