import type { Slo } from '@slicechat/report'
import type { Outcome } from '../target/target.ts'
import type { RequestOrigin, RequestRecord, RequestStatus } from './request-record.ts'
import type { RunClock } from './run-clock.ts'

/** Who is told of arrivals as they happen. */
export interface ArrivalObserver {
  first(atMs: number, meter: RequestMeter): void
  next(atMs: number, gapMs: number, meter: RequestMeter): void
}

/** Measures one request from its start to its end. */
export class RequestMeter {
  readonly origin: RequestOrigin
  readonly startedMs: number
  /** Lies between warm-up and cool-down. */
  readonly steady: boolean
  /** Characters by interval of the run, `[interval, characters, …]`, for spreading tokens once they are known. */
  readonly spread: number[] = []
  readonly #clock: RunClock
  readonly #intervalMs: number
  readonly #observer: ArrivalObserver
  // NaN is "not yet": the fields stay doubles, so that an arrival allocates nothing.
  #firstMs = Number.NaN
  #lastMs = Number.NaN
  #longestGapMs = Number.NaN
  #pieces = 0
  #characters = 0
  #charactersBeforeGone: number | undefined
  /** When it was cut off; NaN: not. */
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
    if (Number.isNaN(this.#firstMs)) {
      // What came in the turn in which it was asked for cannot have been there when the turn began.
      this.#firstMs = this.#lastMs = Math.max(at, this.startedMs)
      this.#observer.first(this.#firstMs, this)
      return
    }
    const gap = Math.max(0, at - this.#lastMs)
    if (!(gap <= this.#longestGapMs)) this.#longestGapMs = gap
    this.#lastMs += gap
    this.#observer.next(this.#lastMs, gap, this)
  }

  /** The user gives up. */
  gone(): void {
    this.#charactersBeforeGone ??= this.#characters
  }

  /**
   * The run is cut short: whatever the answer says from now on, unless it is whole, is no user's doing.
   * @param interrupted somebody ended the run; else the server has had all the time that it gets
   */
  cut({ interrupted }: { interrupted: boolean }): void {
    this.#cutMs = this.#clock.now()
    this.#interrupted = interrupted
  }

  get characters(): number {
    return this.#characters
  }

  /** @param outcome `undefined`: none came before the run was closed */
  ended(outcome: Outcome | undefined, slo: Slo): RequestRecord {
    const status = this.#status(outcome)
    const whole = status === 'succeeded'
    const { promptTokens, completionTokens, error, apiTimings, engineTimings } = outcome ?? {}
    const ttftMs = orUndefined(this.#firstMs - this.startedMs)
    const steps = (completionTokens ?? 0) - 1
    const interTokenMs =
      whole && steps >= 1 && this.#pieces > 1 ? (this.#lastMs - this.#firstMs) / steps : undefined
    const e2eMs = whole ? orUndefined(this.#lastMs - this.startedMs) : undefined
    return {
      ...this.origin,
      status,
      startedMs: this.startedMs,
      ttftMs,
      interTokenMs,
      e2eMs,
      longestGapMs: orUndefined(this.#longestGapMs),
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
    // The user has waited since they wanted to send, whether or not we were late.
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
