import type { Interval, Latencies, Slo, Tally } from '@slicechat/run'
import type { Outcome } from '../target/target.ts'
import { IntervalSeries } from './interval-series.ts'
import { RequestMeter } from './request-meter.ts'
import type { RequestOrigin, RequestRecord } from './request-record.ts'
import type { RunClock } from './run-clock.ts'
import { type Counts, TallyAccumulator } from './tally-accumulator.ts'

export interface RecorderOptions {
  readonly clock: RunClock
  /** A request is steady if its intended start is at or after `fromMs` and before `untilMs`. */
  readonly steady: { readonly fromMs: number; readonly untilMs: number }
  readonly intervalMs: number
  readonly slo: Slo
  /** Called for every request as it ends, and for dropped ones. */
  readonly onRequest?: ((record: RequestRecord) => void) | undefined
}

/** What was recorded of a run: all of it, its steady part, and each interval. */
export interface Recorded {
  readonly whole: Tally
  readonly steadyTally: Tally
  readonly intervals: Interval[]
}

/**
 * Collects what happens in a run. Data goes one way: the target stamps the arrivals of a request's text on its
 * `RequestMeter`, which records their times in a tally and in the series; at the request's end its meter makes a
 * `RequestRecord`, which is added to the same tally and handed on. No sample is left out; `RequestRecord` documents
 * which requests have which measurements.
 */
export class Recorder {
  readonly #options: RecorderOptions
  readonly #steady = new TallyAccumulator()
  /** Warm-up and cool-down. */
  readonly #edges = new TallyAccumulator()
  readonly #series: IntervalSeries
  readonly #underWay = new Set<RequestMeter>()

  constructor(options: RecorderOptions) {
    this.#options = options
    this.#series = new IntervalSeries(options.intervalMs)
  }

  /** The number of users in a conversation, from now on. */
  present(users: number): void {
    this.#series.users(this.#options.clock.now(), users)
  }

  /** A request starts now. */
  begin(origin: RequestOrigin): RequestMeter {
    const meter = new RequestMeter(origin, {
      clock: this.#options.clock,
      tally: this.#tallyOf(origin),
      series: this.#series,
    })
    this.#underWay.add(meter)
    this.#series.count(meter.startedMs, 'started')
    this.#series.active(meter.startedMs, this.#underWay.size)
    return meter
  }

  /** Records an arrival that found no user free: its first request is dropped, its others are never intended. */
  drop(origin: RequestOrigin): void {
    this.#add({
      ...origin,
      status: 'dropped',
      startedMs: undefined,
      ttftMs: undefined,
      interTokenMs: undefined,
      e2eMs: undefined,
      longestGapMs: undefined,
      burst: false,
      pieces: 0,
      characters: 0,
      promptTokens: undefined,
      completionTokens: undefined,
      wastedTokens: 0,
      good: false,
      error: undefined,
      apiTimings: undefined,
      engineTimings: undefined,
    })
    this.#series.count(origin.intendedMs, 'dropped')
  }

  /** @param outcome `undefined` if none will come any more */
  end(meter: RequestMeter, outcome: Outcome | undefined): RequestRecord | undefined {
    // The outcome of an answer that ends after the run was closed: the request is counted already.
    if (!this.#underWay.delete(meter)) return undefined
    const nowMs = this.#options.clock.now()
    this.#series.active(nowMs, this.#underWay.size)
    const record = meter.ended(outcome, this.#options.slo)
    this.#add(record)
    if (record.status !== 'unfinished' && record.status !== 'dropped')
      this.#series.count(nowMs, record.status)
    this.#spread(meter, record)
    return record
  }

  get counts(): Counts {
    const sum = { ...this.#steady.counts }
    for (const key of Object.keys(sum) as (keyof Counts)[]) sum[key] += this.#edges.counts[key]
    const active = this.#underWay.size
    return { ...sum, intended: sum.intended + active, started: sum.started + active }
  }

  /** The steady part so far, of the requests that have ended. @param latencies the histograms that are needed */
  steadySoFar(latencies: readonly (keyof Latencies)[]): Tally {
    return this.#steady.build(latencies)
  }

  /** Closes the intervals that are past; call it about once in each. */
  tick(): Interval[] {
    return this.#series.closePast(this.#options.clock.now())
  }

  /** Ends the run: requests that are still under way count as unfinished. */
  close(): Recorded {
    for (const meter of this.#underWay) this.end(meter, undefined)
    const intervals = this.#series.build(this.#options.clock.now())
    const steadyTally = this.#steady.build()
    this.#edges.addAll(this.#steady)
    return { whole: this.#edges.build(), steadyTally, intervals }
  }

  #tallyOf({ intendedMs }: RequestOrigin): TallyAccumulator {
    const { fromMs, untilMs } = this.#options.steady
    return intendedMs >= fromMs && intendedMs < untilMs ? this.#steady : this.#edges
  }

  #add(record: RequestRecord): void {
    this.#tallyOf(record).add(record)
    this.#options.onRequest?.(record)
  }

  /** Tokens are known only at the end; they are spread over the intervals in proportion to the characters. */
  #spread({ spread, characters }: RequestMeter, { completionTokens }: RequestRecord): void {
    if (completionTokens === undefined || characters === 0) return
    for (let at = 0; at < spread.length; at += 2)
      this.#series.tokens(spread[at] ?? 0, (completionTokens * (spread[at + 1] ?? 0)) / characters)
  }
}
