import { meanInterTokenMs, SAME_ARRIVAL_MS } from '@slicechat/metrics/reading'
import type { Slo } from '@slicechat/run'
import type { Outcome } from '../target/target.ts'
import type { RequestOrigin, RequestRecord, RequestStatus } from './request-record.ts'
import type { RunClock } from './run-clock.ts'

/** Is notified of each arrival of text. */
export interface ArrivalObserver {
  /** The first text. */
  first(atMs: number, meter: RequestMeter): void
  /** More text in the read that brought the first: only a later read shows whether there is a gap between them. */
  beside(atMs: number): void
  /** Text of a later read, `gapMs` after the text before it. */
  next(atMs: number, gapMs: number, meter: RequestMeter): void
  /** Gaps within the first read, reported when a second read has shown that the answer did not come in one piece. */
  within(atMs: number, gapMs: number, times: number, meter: RequestMeter): void
}

/** Error code of an answer without text; the API uses the same one. */
const EMPTY = 'EMPTY'

/** Measures one request from its start to its end. */
export class RequestMeter {
  readonly origin: RequestOrigin
  readonly startedMs: number
  /** The request is between warm-up and cool-down. */
  readonly steady: boolean
  /** Characters by interval of the run, `[interval, characters, …]`, for spreading tokens once they are known. */
  readonly spread: number[] = []
  readonly #clock: RunClock
  readonly #intervalMs: number
  readonly #observer: ArrivalObserver
  // NaN means "not yet": the fields stay doubles, so that an arrival allocates nothing.
  #firstMs = Number.NaN
  #lastMs = Number.NaN
  #longestGapMs = Number.NaN
  #pieces = 0
  #characters = 0
  /** Number of reads that held text. */
  #arrivals = 0
  #arrivalBeganMs = Number.NEGATIVE_INFINITY
  #charactersBeforeGone: number | undefined
  /** When the request was cut off; NaN if it was not. */
  #cutMs = Number.NaN
  #interrupted = false

  constructor(
    origin: RequestOrigin,
    options: { clock: RunClock; intervalMs: number; steady: boolean; observer: ArrivalObserver },
  ) {
    this.origin = origin
    this.steady = options.steady
    this.#clock = options.clock
    this.#intervalMs = options.intervalMs
    this.#observer = options.observer
    this.startedMs = options.clock.now()
  }

  readonly arrived = (characters: number): void => {
    const at = this.#clock.arrivalNow()
    this.#pieces++
    this.#characters += characters
    const interval = Math.max(0, Math.floor(at / this.#intervalMs))
    const newest = this.spread.length - 2
    if (this.spread[newest] === interval)
      this.spread[newest + 1] = (this.spread[newest + 1] ?? 0) + characters
    else this.spread.push(interval, characters)
    const isLater = at - this.#arrivalBeganMs >= SAME_ARRIVAL_MS
    if (isLater) {
      this.#arrivals++
      this.#arrivalBeganMs = at
    }
    if (Number.isNaN(this.#firstMs)) {
      // Text that came in the turn in which it was asked for cannot have been there when the turn began.
      this.#firstMs = this.#lastMs = Math.max(at, this.startedMs)
      this.#observer.first(this.#firstMs, this)
      return
    }
    if (isLater && this.#arrivals === 2 && this.#pieces > 2) {
      const within = this.#pieces - 2
      this.#observer.within(this.#lastMs, (this.#lastMs - this.#firstMs) / within, within, this)
    }
    const gap = Math.max(0, at - this.#lastMs)
    if (!(gap <= this.#longestGapMs)) this.#longestGapMs = gap
    this.#lastMs += gap
    if (this.#arrivals === 1) this.#observer.beside(this.#lastMs)
    else this.#observer.next(this.#lastMs, gap, this)
  }

  /** The user gives up. */
  gone(): void {
    this.#charactersBeforeGone ??= this.#characters
  }

  /**
   * Marks that the run is cut short: from now on an answer that does not complete is unfinished, and no
   * user's decision.
   * @param interrupted someone ended the run; else the server has had all its time
   */
  cut({ interrupted }: { interrupted: boolean }): void {
    this.#cutMs = this.#clock.now()
    this.#interrupted = interrupted
  }

  get characters(): number {
    return this.#characters
  }

  /** @param given `undefined` if none came before the run was closed */
  ended(given: Outcome | undefined, slo: Slo): RequestRecord {
    const outcome = this.#withText(given)
    const status = this.#status(outcome)
    const whole = status === 'succeeded'
    const { promptTokens, completionTokens, error, apiTimings, engineTimings } = outcome ?? {}
    const ttftMs = orUndefined(this.#firstMs - this.startedMs)
    const spanMs = this.#lastMs - this.#firstMs
    const meanMs = whole ? meanInterTokenMs(spanMs, completionTokens ?? 0, this.#arrivals) : null
    const interTokenMs = meanMs ?? undefined
    const e2eMs = whole ? orUndefined(this.#lastMs - this.startedMs) : undefined
    return {
      ...this.origin,
      status,
      startedMs: this.startedMs,
      ttftMs,
      interTokenMs,
      e2eMs,
      longestGapMs: this.#arrivals < 2 ? undefined : orUndefined(this.#longestGapMs),
      // Without usage, only several pieces in one read show that text was held back.
      burst: whole && interTokenMs === undefined && (completionTokens ?? this.#inOneRead()) >= 2,
      pieces: this.#pieces,
      characters: this.#characters,
      promptTokens,
      completionTokens,
      wastedTokens: this.#wasted(completionTokens),
      good: this.#good(status, { ttftMs, interTokenMs, e2eMs }, slo),
      error: status === 'failed' ? error : undefined,
      apiTimings,
      engineTimings,
    }
  }

  #inOneRead(): number {
    return this.#arrivals === 1 ? this.#pieces : 0
  }

  /** An answer without any text is a failure, whatever the server says of it: its reader sees nothing. */
  #withText(outcome: Outcome | undefined): Outcome | undefined {
    if (this.#pieces > 0 || (outcome?.reason !== 'stop' && outcome?.reason !== 'length')) return outcome
    const { reason, completionTokens } = outcome
    const tokens = completionTokens === undefined ? '' : `, ${completionTokens} tokens`
    const message = `The answer ended without text (${reason}${tokens}).`
    return { ...outcome, reason: 'error', error: { code: EMPTY, message } }
  }

  #status(outcome: Outcome | undefined): RequestStatus {
    if (outcome === undefined) return 'unfinished'
    if (outcome.reason === 'stop' || outcome.reason === 'length') return 'succeeded'
    if (!Number.isNaN(this.#cutMs)) return 'unfinished'
    return outcome.reason === 'error' ? 'failed' : 'abandoned'
  }

  #good(
    status: RequestStatus,
    { ttftMs, interTokenMs, e2eMs }: Pick<RequestRecord, 'ttftMs' | 'interTokenMs' | 'e2eMs'>,
    slo: Slo,
  ): boolean | undefined {
    // The user has waited since the intended start, even if the load tester was late.
    const lateMs = this.startedMs - this.origin.intendedMs
    const within = (took = Number.NEGATIVE_INFINITY, limit = Number.POSITIVE_INFINITY): boolean =>
      took <= limit
    const inTime = (first = Number.NEGATIVE_INFINITY, last = Number.NEGATIVE_INFINITY): boolean =>
      within(first + lateMs, slo.ttftMs) && within(last + lateMs, slo.e2eMs)
    if (status === 'succeeded') return inTime(ttftMs, e2eMs) && within(interTokenMs, slo.interTokenMs)
    const gone = this.#charactersBeforeGone !== undefined
    if (status !== 'unfinished' || !this.#interrupted || gone) return false
    const waitedMs = this.#cutMs - this.startedMs
    return inTime(ttftMs ?? waitedMs, waitedMs) ? undefined : false
  }

  #wasted(tokens = 0): number {
    if (this.#charactersBeforeGone === undefined) return 0
    if (this.#characters === 0) return tokens
    return Math.round(tokens * (1 - this.#charactersBeforeGone / this.#characters))
  }
}

const orUndefined = (ms: number): number | undefined => (Number.isNaN(ms) ? undefined : ms)
