import { type Interval, LatencyHistogram } from '@slicechat/run'
import { StepAverage } from './step-average.ts'

/** A count of each interval. */
export type IntervalCount = 'started' | 'succeeded' | 'failed' | 'abandoned' | 'dropped'

interface Row {
  users: number
  active: number
  readonly counts: Record<IntervalCount, number>
  pieces: number
  tokens: number
  ttft: LatencyHistogram | undefined
  gap: LatencyHistogram | undefined
  /** Set when the row is closed. Its histograms are dropped then, since an hour of them would fill the memory. */
  encoded: { ttft: string | null; gap: string | null } | undefined
}

const emptyRow = (): Row => ({
  users: 0,
  active: 0,
  pieces: 0,
  tokens: 0,
  counts: { started: 0, succeeded: 0, failed: 0, abandoned: 0, dropped: 0 },
  ttft: undefined,
  gap: undefined,
  encoded: undefined,
})

/** What happens over time, in intervals of equal length from the run's zero. */
export class IntervalSeries {
  readonly intervalMs: number
  readonly #rows: Row[] = []
  readonly #users: StepAverage
  readonly #active: StepAverage
  #closed = 0

  constructor(intervalMs: number) {
    this.intervalMs = intervalMs
    this.#users = new StepAverage(intervalMs)
    this.#active = new StepAverage(intervalMs)
  }

  /** The number of users in a conversation, from this moment on. */
  users(atMs: number, count: number): void {
    this.#users.change(atMs, count)
  }

  /** The number of requests under way, from this moment on. */
  active(atMs: number, count: number): void {
    this.#active.change(atMs, count)
  }

  count(atMs: number, what: IntervalCount): void {
    this.#row(this.indexOf(atMs)).counts[what]++
  }

  /** A piece of text arrived. */
  piece(atMs: number): void {
    this.#open(atMs).pieces++
  }

  /** The first piece of a request arrived. */
  ttft(atMs: number, ttftMs: number): void {
    const row = this.#open(atMs)
    row.ttft ??= new LatencyHistogram()
    row.ttft.record(ttftMs)
  }

  /** Times from one piece of text to the next: `times` of the same length. */
  gaps(atMs: number, gapMs: number, times: number): void {
    const row = this.#open(atMs)
    row.gap ??= new LatencyHistogram()
    row.gap.record(gapMs, times)
  }

  tokens(interval: number, tokens: number): void {
    this.#row(interval).tokens += tokens
  }

  /** Closes the intervals that are over. @returns those closed by this call */
  closePast(nowMs: number): Interval[] {
    return this.#closeBefore(this.indexOf(nowMs), nowMs)
  }

  /** Closes all intervals, the current one too. @returns every interval of the series */
  build(nowMs: number): Interval[] {
    this.#closeBefore(this.indexOf(nowMs) + 1, nowMs)
    return this.#rows.slice(0, this.#closed).map((row, index) => this.#interval(row, index))
  }

  #closeBefore(end: number, nowMs: number): Interval[] {
    const closed: Interval[] = []
    for (; this.#closed < end; this.#closed++) {
      const row = this.#row(this.#closed)
      row.users = this.#users.of(this.#closed, nowMs)
      row.active = this.#active.of(this.#closed, nowMs)
      row.encoded = { ttft: row.ttft?.encode() ?? null, gap: row.gap?.encode() ?? null }
      row.ttft = row.gap = undefined
      closed.push(this.#interval(row, this.#closed))
    }
    return closed
  }

  #interval({ users, active, counts, pieces, tokens, encoded }: Row, index: number): Interval {
    const { ttft = null, gap = null } = encoded ?? {}
    return { atMs: index * this.intervalMs, users, active, ...counts, pieces, tokens, ttft, gap }
  }

  /**
   * Arrivals get the time at which their event loop turn began, which can lie in an interval that was just closed.
   */
  #open(atMs: number): Row {
    return this.#row(Math.max(this.#closed, this.indexOf(atMs)))
  }

  #row(index: number): Row {
    while (this.#rows.length <= index) this.#rows.push(emptyRow())
    return this.#rows[index] as Row
  }

  /** The interval that a time belongs to. */
  indexOf(atMs: number): number {
    return Math.max(0, Math.floor(atMs / this.intervalMs))
  }
}
