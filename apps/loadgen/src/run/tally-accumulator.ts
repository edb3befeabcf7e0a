import { type Latencies, LatencyHistogram, type Tally } from '@slicechat/run'
import type { RequestRecord } from './request-record.ts'

type LatencyName = keyof Latencies

const NAMES = [
  'ttft',
  'ttftFromIntended',
  'interToken',
  'gap',
  'e2e',
  'e2eFromIntended',
  'startDelay',
] as const satisfies LatencyName[]

/** The numbers of a tally. */
export type Counts = Readonly<Record<Exclude<keyof Tally, 'errors' | 'latencies'>, number>>

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] }

/** Counts the requests of a part of a run. */
export class TallyAccumulator {
  readonly #latencies = Object.fromEntries(NAMES.map((name) => [name, new LatencyHistogram()])) as Record<
    LatencyName,
    LatencyHistogram
  >
  readonly #counts: Mutable<Counts> = {
    intended: 0,
    started: 0,
    dropped: 0,
    succeeded: 0,
    failed: 0,
    abandoned: 0,
    unfinished: 0,
    undecided: 0,
    promptTokens: 0,
    completionTokens: 0,
    succeededPromptTokens: 0,
    succeededCompletionTokens: 0,
    untold: 0,
    untoldPrompts: 0,
    succeededUntold: 0,
    succeededUntoldPrompts: 0,
    bursts: 0,
    wastedTokens: 0,
    goodRequests: 0,
    goodTokens: 0,
  }
  readonly #errors = new Map<string, { code: string; count: number; example: string }>()

  /** The first text of a request. @param delayMs from its intended to its actual start */
  ttft(ttftMs: number, delayMs: number): void {
    this.#latencies.ttft.record(ttftMs)
    this.#latencies.ttftFromIntended.record(ttftMs + delayMs)
  }

  /** Times from one piece of text to the next: `times` of the same length. */
  gaps(gapMs: number, times: number): void {
    this.#latencies.gap.record(gapMs, times)
  }

  /** A request that has ended. */
  add(record: RequestRecord): void {
    const counts = this.#counts
    counts.intended++
    counts[record.status]++
    if (record.startedMs === undefined) return
    counts.started++
    const { promptTokens = 0, completionTokens = 0 } = record
    counts.promptTokens += promptTokens
    counts.completionTokens += completionTokens
    if (record.completionTokens === undefined) counts.untold++
    if (record.promptTokens === undefined) counts.untoldPrompts++
    if (record.status === 'succeeded') {
      counts.succeededPromptTokens += promptTokens
      counts.succeededCompletionTokens += completionTokens
      if (record.completionTokens === undefined) counts.succeededUntold++
      if (record.promptTokens === undefined) counts.succeededUntoldPrompts++
    }
    if (record.burst) counts.bursts++
    counts.wastedTokens += record.wastedTokens
    if (record.good === undefined) counts.undecided++
    if (record.good === true) {
      counts.goodRequests++
      counts.goodTokens += completionTokens
    }
    const delayMs = record.startedMs - record.intendedMs
    this.#latencies.startDelay.record(delayMs)
    if (record.interTokenMs !== undefined) this.#latencies.interToken.record(record.interTokenMs)
    if (record.e2eMs !== undefined) {
      this.#latencies.e2e.record(record.e2eMs)
      this.#latencies.e2eFromIntended.record(record.e2eMs + delayMs)
    }
    if (record.error !== undefined) this.#failed(record.error)
  }

  addAll(other: TallyAccumulator): void {
    for (const name of NAMES) this.#latencies[name].add(other.#latencies[name])
    for (const key of Object.keys(this.#counts) as (keyof Counts)[]) this.#counts[key] += other.#counts[key]
    for (const { code, count, example } of other.#errors.values())
      this.#failed({ code, message: example }, count)
  }

  get counts(): Counts {
    return this.#counts
  }

  /** @param wanted the histograms to encode; the others are empty */
  build(wanted: readonly LatencyName[] = NAMES): Tally {
    const empty = new LatencyHistogram().encode()
    const encoded = (name: LatencyName) => (wanted.includes(name) ? this.#latencies[name].encode() : empty)
    return {
      ...this.#counts,
      errors: [...this.#errors.values()].sort((a, b) => b.count - a.count),
      latencies: Object.fromEntries(NAMES.map((name) => [name, encoded(name)])) as Latencies,
    }
  }

  #failed({ code, message }: { code: string; message: string }, count = 1): void {
    const known = this.#errors.get(code)
    if (known === undefined) this.#errors.set(code, { code, count, example: message })
    else known.count += count
  }
}
