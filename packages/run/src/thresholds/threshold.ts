import { LatencyHistogram } from '../histogram/latency-histogram.ts'
import type { Latencies, Run, Tally } from '../schema/run.ts'
import { tokenRate } from './throughput.ts'

/** An expression that cannot be read; the message names the part and what would be valid. */
export class ThresholdError extends Error {}

type Unit = 'ms' | 'share' | 'count' | 'per-second'

/** A condition on a run, such as `ttft.p95 < 2s`. */
export interface Threshold {
  readonly expression: string
  readonly comparison: '<' | '<=' | '>' | '>='
  /** Unit of the limit: milliseconds, a share from 0 to 1, a number of requests, or a number a second. */
  readonly unit: Unit
  readonly limit: number
  /** The measured value in the same unit; `null` if nothing was measured. */
  readonly measure: (tally: Tally, seconds: number) => number | null
}

/** The names that a threshold may have before the dot, with their histograms. */
const TIMES: Readonly<Record<string, keyof Latencies>> = {
  ttft: 'ttft',
  ttftFromIntended: 'ttftFromIntended',
  interToken: 'interToken',
  gap: 'gap',
  e2e: 'e2e',
  e2eFromIntended: 'e2eFromIntended',
  startDelay: 'startDelay',
}

const share = (part: number, whole: number): number | null => (whole === 0 ? null : part / whole)

const FIGURES: Readonly<Record<string, Pick<Threshold, 'unit' | 'measure'>>> = {
  'errors.count': { unit: 'count', measure: (tally) => tally.failed },
  'errors.rate': {
    unit: 'share',
    measure: (tally) => share(tally.failed, tally.started - (tally.undecided ?? 0)),
  },
  'dropped.count': { unit: 'count', measure: (tally) => tally.dropped },
  'dropped.rate': { unit: 'share', measure: (tally) => share(tally.dropped, tally.intended) },
  goodput: { unit: 'share', measure: goodShare },
  'requests.rate': { unit: 'per-second', measure: (tally, seconds) => share(tally.succeeded, seconds) },
  'tokens.rate': { unit: 'per-second', measure: tokenRate },
}

/** Number of requests that can be judged: those that were intended, except those that were cut off undecided. */
export const judged = ({ intended, undecided = 0 }: Tally): number => intended - undecided

/**
 * Goodput: the share of the judged requests that met every SLO. A request that could not be started was not good.
 * @returns `null` if there is no request to judge
 */
export function goodShare(tally: Tally): number | null {
  return share(tally.goodRequests, judged(tally))
}

/** Seconds of the steady part that took place: a run may have ended before it did. */
export function steadySeconds({ steady, durationMs }: Pick<Run, 'steady' | 'durationMs'>): number {
  return Math.max(0, Math.min(steady.untilMs, durationMs) - steady.fromMs) / 1000
}

const FORM =
  /^\s*([A-Za-z][A-Za-z0-9]*)(?:\.([A-Za-z0-9.]+))?\s*(<=|>=|<|>)\s*(-?\d+(?:\.\d+)?)\s*(ms|s|m|%|\/s)?\s*$/

/**
 * Reads one threshold: `FIGURE COMPARISON LIMIT`.
 *
 * Times: `ttft`, `ttftFromIntended`, `interToken`, `gap`, `e2e`, `e2eFromIntended`, `startDelay`, each with `.p50`
 * (any percentile, `.p99.9` too), `.mean`, `.min` or `.max`; limits in `ms`, `s` or `m`, seconds without a unit.
 *
 * Shares, as `1%` or `0.01`: `errors.rate`, `dropped.rate`, `goodput`. Counts: `errors.count`,
 * `dropped.count`. Rates per second: `requests.rate`, `tokens.rate`.
 * @throws {ThresholdError} that says what is wrong
 */
export function parseThreshold(expression: string): Threshold {
  const fail = (why: string): never => {
    throw new ThresholdError(`threshold "${expression}": ${why}`)
  }
  const match = FORM.exec(expression)
  if (!match) return fail('is not of the form "FIGURE < LIMIT", for example "ttft.p95 < 2s"')
  const [, name = '', stat, comparison, number = '', suffix] = match
  const figure = FIGURES[stat === undefined ? name : `${name}.${stat}`] ?? timeFigure(name, stat, fail)
  const limit = limitIn(figure.unit, Number(number), suffix, fail)
  return { expression, comparison: comparison as Threshold['comparison'], limit, ...figure }
}

function timeFigure(
  name: string,
  stat: string | undefined,
  fail: (why: string) => never,
): Pick<Threshold, 'unit' | 'measure'> {
  const key = TIMES[name]
  if (key === undefined) {
    const known = [...Object.keys(TIMES).map((time) => `${time}.p95`), ...Object.keys(FIGURES)]
    return fail(
      `there is no "${stat === undefined ? name : `${name}.${stat}`}"; there are ${known.join(', ')}`,
    )
  }
  const read = statistic(stat)
  if (read === null) return fail(`"${name}" needs .mean, .min, .max or a percentile such as .p95`)
  return { unit: 'ms', measure: (tally) => read(LatencyHistogram.decode(tally.latencies[key])) }
}

function statistic(stat: string | undefined): ((histogram: LatencyHistogram) => number | null) | null {
  if (stat === 'mean' || stat === 'min' || stat === 'max') return (histogram) => histogram[stat]
  const percentile = /^p(\d{1,2}(?:\.\d+)?|100)$/.exec(stat ?? '')?.[1]
  if (percentile === undefined) return null
  return (histogram) => histogram.quantile(Number(percentile) / 100)
}

function limitIn(
  unit: Unit,
  number: number,
  suffix: string | undefined,
  fail: (why: string) => never,
): number {
  switch (unit) {
    case 'ms':
      if (suffix === 'ms') return number
      if (suffix === 'm') return number * 60_000
      return suffix === undefined || suffix === 's' ? number * 1000 : fail('a time is in ms, s or m')
    case 'share': {
      if (suffix !== undefined && suffix !== '%') return fail('a share is written as 1% or 0.01')
      const limit = suffix === '%' ? number / 100 : number
      return limit >= 0 && limit <= 1 ? limit : fail('a share is from 0% to 100%')
    }
    case 'count':
      return suffix === undefined ? number : fail('a number of requests has no unit')
    case 'per-second':
      return suffix === undefined || suffix === '/s' ? number : fail('a rate is a number a second')
  }
}

/**
 * Judges a run's steady part by thresholds.
 * @param expressions as `parseThreshold` reads them
 * @returns one verdict each; if nothing was measured, as in a steady part without a request to judge, `value`
 * is `null` and the threshold is not passed
 * @throws {ThresholdError}
 */
export function evaluateThresholds(
  expressions: readonly string[],
  run: Pick<Run, 'steadyTally' | 'steady' | 'durationMs'>,
): Run['thresholds'] {
  const { steadyTally: tally } = run
  return expressions.map((expression) => {
    const { comparison, limit, measure } = parseThreshold(expression)
    const value = judged(tally) === 0 ? null : measure(tally, steadySeconds(run))
    return { expression, value, passed: value !== null && holds(value, comparison, limit) }
  })
}

/** Thresholds of a part of a load: only the whole load can be judged by them. */
export const notJudged = (expressions: readonly string[]): Run['thresholds'] =>
  expressions.map((expression) => ({ expression, value: null, passed: false }))

function holds(value: number, comparison: Threshold['comparison'], limit: number): boolean {
  switch (comparison) {
    case '<':
      return value < limit
    case '<=':
      return value <= limit
    case '>':
      return value > limit
    case '>=':
      return value >= limit
  }
}
