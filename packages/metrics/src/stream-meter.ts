/** A monotonic clock, in milliseconds from any origin. */
export type MonotonicClock = () => number

/** Timings of one generation, in milliseconds except `tokensPerSecond`. `null` means unknown; 0 never does. */
export interface Timings {
  /** Accepted → left the admission queue. */
  readonly queuedMs: number | null
  /** Upstream request sent (the attempt that answered) → first token. */
  readonly upstreamTtftMs: number | null
  /** Accepted → first token, queueing included. */
  readonly ttftMs: number | null
  /** Accepted → last token that arrived, or → now while none has arrived. */
  readonly e2eMs: number
  /** Mean inter-token latency: (last − first) / (tokens − 1); `null` if the text came in one burst. */
  readonly interTokenMsMean: number | null
  /** (tokens − 1) / (last − first); `null` if the text came in one burst. */
  readonly tokensPerSecond: number | null
  /** The longest wait between two arrivals. The wait for the first arrival is `ttftMs` and does not count here. */
  readonly longestGapMs: number | null
}

/**
 * Shortest mean time between tokens that is believed (10,000 tokens/s). No model server generates one answer faster:
 * a proxy or the server held the text back, and the time between its pieces is that of the network.
 */
export const MIN_INTER_TOKEN_MS = 0.1

/**
 * How a clock stamps the pieces of text that one read of the socket brought, and so which pieces are one arrival:
 * - `piece`: each piece gets its own time. A piece within 0.3 ms of the piece before belongs to the same arrival.
 * - `read`: all pieces of a read get the time of the read. A read within 1 ms of the arrival's beginning belongs to it.
 */
export type Stamping = 'piece' | 'read'

const SAME_ARRIVAL_MS: Readonly<Record<Stamping, number>> = { piece: 0.3, read: 1 }

/** With at least this many arrivals, the tokens in the first one, which cannot be timed, matter little. */
const MIN_ARRIVALS = 4

/**
 * The mean time between an answer's tokens, in milliseconds: (last − first) / (tokens − 1).
 *
 * @param arrivals number of reads that the text came in; `Stamping` says which count as one
 * @returns `null` with fewer than two tokens, or when they came in one burst or in a few large ones
 */
function meanInterTokenMs(spanMs: number, tokens: number, arrivals: number): number | null {
  if (tokens < 2 || arrivals < 2) return null
  if (arrivals < MIN_ARRIVALS && tokens > 2 * arrivals) return null
  const mean = spanMs / (tokens - 1)
  return mean >= MIN_INTER_TOKEN_MS ? mean : null
}

/** Removes an impossibly short time between tokens from stored timings, which an older version did not detect. */
export function believable(timings: Timings): Timings {
  const { interTokenMsMean: mean } = timings
  if (mean === null || mean >= MIN_INTER_TOKEN_MS) return timings
  return { ...timings, interTokenMsMean: null, tokensPerSecond: null }
}

/**
 * Turns the arrivals of one generation's tokens into its timings. The API and the load tester use it, so that their
 * timings mean the same. (The page reports what its reader saw, from pressing Send on: `ReaderTiming` in apps/web.)
 *
 * Create one meter per generation; it counts from its construction, or from an earlier moment if one is given.
 */
export class StreamMeter {
  readonly #clock: MonotonicClock
  readonly #accepted: number
  readonly #stamping: Stamping
  readonly #sameArrivalMs: number
  // NaN means "not yet". With NaN the fields stay doubles, which V8 overwrites in place, so that `arrived` (called
  // tens of thousands of times a second) allocates nothing.
  #admitted = Number.NaN
  #sent = Number.NaN
  #first = Number.NaN
  #last = Number.NaN
  #longestGap = Number.NaN
  /** The time from which on a piece is compared with the next: the newest piece, or the newest arrival's beginning. */
  #same = Number.NaN
  #arrivals = 0

  /** @param accepted time at which the request was accepted (by a client: sent), on that clock; default: now */
  constructor(clock: MonotonicClock = now, accepted = clock(), stamping: Stamping = 'piece') {
    this.#clock = clock
    this.#accepted = accepted
    this.#stamping = stamping
    this.#sameArrivalMs = SAME_ARRIVAL_MS[stamping]
  }

  /** The generation left the admission queue. A second call changes nothing. */
  admitted(): void {
    if (Number.isNaN(this.#admitted)) this.#admitted = this.#clock()
  }

  /** The upstream request was sent; call it once per attempt. The last attempt before the first token counts. */
  sent(): void {
    if (Number.isNaN(this.#first)) this.#sent = this.#clock()
  }

  /**
   * A non-empty piece of content or reasoning arrived. It may hold several tokens.
   *
   * @param at when, on the meter's clock; default: now. A time before the newest piece, or before the request was
   *   accepted, counts as that time.
   * @returns milliseconds since the piece before; NaN for the first
   */
  arrived(at = this.#clock()): number {
    const isNew = !(at - this.#same < this.#sameArrivalMs)
    if (isNew) this.#arrivals++
    if (isNew || this.#stamping === 'piece') this.#same = at
    if (Number.isNaN(this.#first)) {
      this.#first = this.#last = Math.max(at, this.#accepted)
      return Number.NaN
    }
    const gap = Math.max(0, at - this.#last)
    if (!(gap <= this.#longestGap)) this.#longestGap = gap
    this.#last = Math.max(at, this.#last)
    return gap
  }

  /** Number of arrivals: a burst of pieces in one read is one. */
  get arrivals(): number {
    return this.#arrivals
  }

  /** Time of the first piece on the meter's clock; NaN before it. */
  get first(): number {
    return this.#first
  }

  /** Time of the newest piece on the meter's clock; NaN before the first. */
  get last(): number {
    return this.#last
  }

  /**
   * The timings up to now; may be called at any time.
   *
   * @param completionTokens number of tokens of the answer, from the server's `usage`. Without it, with fewer
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
