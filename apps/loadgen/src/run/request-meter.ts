import { StreamMeter } from '@slicechat/metrics/reading'
import type { Slo } from '@slicechat/run'
import type { Outcome } from '../target/target.ts'
import type { IntervalSeries } from './interval-series.ts'
import type { RequestOrigin, RequestRecord, RequestStatus } from './request-record.ts'
import type { RunClock } from './run-clock.ts'
import type { TallyAccumulator } from './tally-accumulator.ts'

/** Where a meter takes its time from, and what it records in. */
export interface RequestMeterOptions {
  readonly clock: RunClock
  /** Counts the arrivals of the request's part of the run: the steady part, or warm-up and cool-down. */
  readonly tally: TallyAccumulator
  readonly series: IntervalSeries
}

/** Error code of an answer without text; the API uses the same one. */
const EMPTY = 'EMPTY'

/** Measures one request from its start to its end, and hands each arrival of its text to tally and series at once. */
export class RequestMeter {
  readonly origin: RequestOrigin
  readonly startedMs: number
  /** Characters by interval of the run, `[interval, characters, …]`, for spreading tokens once they are known. */
  readonly spread: number[] = []
  readonly #clock: RunClock
  readonly #tally: TallyAccumulator
  readonly #series: IntervalSeries
  readonly #stream: StreamMeter
  #pieces = 0
  #characters = 0
  #charactersBeforeAbandon: number | undefined
  /** When the request was cut off; NaN if it was not. */
  #cutMs = Number.NaN
  #interrupted = false

  constructor(origin: RequestOrigin, { clock, tally, series }: RequestMeterOptions) {
    this.origin = origin
    this.startedMs = clock.now()
    this.#clock = clock
    this.#tally = tally
    this.#series = series
    // Text that comes in the turn in which the request was sent is stamped with that turn's beginning, which lies
    // before the request: the meter counts it as arriving at once.
    this.#stream = new StreamMeter(() => clock.now(), this.startedMs, 'read')
  }

  /** A non-empty piece of text arrived. */
  readonly arrived = (characters: number): void => {
    const stream = this.#stream
    const { arrivals: arrivalsBefore, last: previousMs } = stream
    const readMs = this.#clock.arrivalNow()
    const gapMs = stream.arrived(readMs)
    const atMs = stream.last
    this.#pieces++
    this.#characters += characters
    this.#spreadCharacters(readMs, characters)
    this.#series.piece(atMs)
    if (Number.isNaN(gapMs)) {
      const ttftMs = atMs - this.startedMs
      this.#tally.ttft(ttftMs, this.startedMs - this.origin.intendedMs)
      this.#series.ttft(atMs, ttftMs)
      return
    }
    // Only a second read shows that the answer did not come in one piece, and that there are gaps in the first read.
    if (stream.arrivals < 2) return
    const inFirstRead = arrivalsBefore === 1 ? this.#pieces - 2 : 0
    if (inFirstRead > 0) this.#gaps(previousMs, (previousMs - stream.first) / inFirstRead, inFirstRead)
    this.#gaps(atMs, gapMs, 1)
  }

  #gaps(atMs: number, gapMs: number, times: number): void {
    this.#tally.gaps(gapMs, times)
    this.#series.gaps(atMs, gapMs, times)
  }

  #spreadCharacters(atMs: number, characters: number): void {
    const interval = this.#series.indexOf(atMs)
    const newest = this.spread.length - 2
    if (this.spread[newest] === interval)
      this.spread[newest + 1] = (this.spread[newest + 1] ?? 0) + characters
    else this.spread.push(interval, characters)
  }

  /** The user gives up. */
  abandon(): void {
    this.#charactersBeforeAbandon ??= this.#characters
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
    const timings = this.#stream.timings(completionTokens)
    const ttftMs = timings.ttftMs ?? undefined
    const interTokenMs = whole ? (timings.interTokenMsMean ?? undefined) : undefined
    const e2eMs = whole ? timings.e2eMs : undefined
    return {
      ...this.origin,
      status,
      startedMs: this.startedMs,
      ttftMs,
      interTokenMs,
      e2eMs,
      longestGapMs: this.#stream.arrivals < 2 ? undefined : (timings.longestGapMs ?? undefined),
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
    return this.#stream.arrivals === 1 ? this.#pieces : 0
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
    const abandoned = this.#charactersBeforeAbandon !== undefined
    if (status !== 'unfinished' || !this.#interrupted || abandoned) return false
    const waitedMs = this.#cutMs - this.startedMs
    return inTime(ttftMs ?? waitedMs, waitedMs) ? undefined : false
  }

  #wasted(tokens = 0): number {
    if (this.#charactersBeforeAbandon === undefined) return 0
    if (this.#characters === 0) return tokens
    return Math.round(tokens * (1 - this.#charactersBeforeAbandon / this.#characters))
  }
}
