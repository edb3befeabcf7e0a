import { evaluateThresholds, type Latencies, parseThreshold, type Tally } from '@slicechat/run'
import { mergeTallies } from '@slicechat/run/merge'

/** Ends a run as soon as one of its thresholds is missed, like k6's `abortOnFail`. */
export interface AbortRule {
  /** Expressions as `parseThreshold` reads them. */
  readonly thresholds: readonly string[]
  /** How long the steady part goes on before anything but a count is judged (k6's `delayAbortEval`). */
  readonly delayMs: number
}

/** The threshold that ended a run, with its value at that moment. */
export interface MissedThreshold {
  readonly expression: string
  readonly value: number
  readonly atMs: number
}

/** The steady part up to a moment. */
export interface SteadySoFar {
  readonly atMs: number
  readonly tally: Tally
}

/** The histograms that the thresholds read; encoding the others each second would waste time. */
export function latenciesOf(thresholds: readonly string[]): (keyof Latencies)[] {
  const names = thresholds.flatMap((expression) => /^\s*(\w+)\./.exec(expression)?.[1] ?? [])
  return [...new Set(names)] as (keyof Latencies)[]
}

/** A count that has to stay below a limit: it only grows, so a miss is final. */
const isFinal = (expression: string): boolean => {
  const { unit, comparison } = parseThreshold(expression)
  return unit === 'count' && comparison.startsWith('<')
}

/** Why a threshold cannot end a run early; `undefined` if it can. */
export function abortProblem(expression: string): string | undefined {
  const { unit, comparison } = parseThreshold(expression)
  return unit === 'count' && comparison.startsWith('>')
    ? 'a number that has yet to grow is only known at the end'
    : undefined
}

/** Judges the steady part, as its threads report it, by an abort rule. */
export class ThresholdWatch {
  readonly #rule: AbortRule
  readonly #steady: { readonly fromMs: number; readonly untilMs: number }
  readonly #threads: number
  readonly #newest = new Map<number, SteadySoFar>()

  constructor(
    rule: AbortRule,
    steady: { readonly fromMs: number; readonly untilMs: number },
    threads: number,
  ) {
    this.#rule = rule
    this.#steady = steady
    this.#threads = threads
  }

  /** @param thread only its newest report counts @returns the first threshold that is missed */
  add(thread: number, soFar: SteadySoFar): MissedThreshold | undefined {
    this.#newest.set(thread, soFar)
    if (this.#newest.size < this.#threads) return undefined
    const reports = [...this.#newest.values()]
    // Up to the moment that all threads have reported: over a longer time rates would be too low.
    const durationMs = Math.min(...reports.map(({ atMs }) => atMs))
    const steadyTally = mergeTallies(reports.map(({ tally }) => tally))
    const late = durationMs >= this.#steady.fromMs + this.#rule.delayMs
    const judged = late ? this.#rule.thresholds : this.#rule.thresholds.filter(isFinal)
    for (const { expression, value, passed } of evaluateThresholds(judged, {
      steadyTally,
      durationMs,
      steady: this.#steady,
    }))
      if (!passed && value !== null) return { expression, value, atMs: durationMs }
    return undefined
  }
}
