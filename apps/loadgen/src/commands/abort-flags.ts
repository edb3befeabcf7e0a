import { type AbortRule, abortProblem } from '../run/abort-rule.ts'
import { contradictions } from '../scenario/consistency.ts'
import { threshold } from '../scenario/parts.ts'
import type { Scenario } from '../scenario/scenario.ts'
import { flag, type Values } from './flag.ts'
import { UsageProblem } from '../problems/usage-problem.ts'

const DELAY_MS = 10_000

/** Flags that end a run before its plan does. */
export const abortFlags = {
  'abort-on': flag.list(
    'THRESHOLD',
    'ends the run, with code 99, once this threshold is missed, such as "errors.rate < 50%"',
  ),
  'abort-delay': flag.duration(
    'TIME',
    'how long the steady part goes on before --abort-on is judged (a count at once); default 10s',
  ),
} as const

/** The scenario with the thresholds of `--abort-on` added to its own, and the abort rule. @throws UsageProblem */
export function abortOf(
  flags: Values<typeof abortFlags>,
  scenario: Scenario,
): { scenario: Scenario; abort: AbortRule | undefined } {
  const { 'abort-on': thresholds, 'abort-delay': delayMs = DELAY_MS } = flags
  if (thresholds.length === 0) {
    if (flags['abort-delay'] === undefined) return { scenario, abort: undefined }
    throw new UsageProblem(['--abort-delay: is for --abort-on, which is not given'])
  }
  const problems = thresholds.flatMap((expression) => {
    const read = threshold.safeParse(expression)
    const problem = read.success ? abortProblem(expression) : read.error.issues[0]?.message
    return problem === undefined ? [] : [`--abort-on ${expression}: ${problem}`]
  })
  const more = [...new Set(thresholds)].filter((one) => !scenario.thresholds.includes(one))
  const whole = { ...scenario, thresholds: [...scenario.thresholds, ...more] }
  if (problems.length === 0)
    problems.push(...contradictions(whole).map(({ message }) => `--abort-on: ${message}`))
  if (problems.length > 0) throw new UsageProblem(problems)
  return { scenario: whole, abort: { thresholds, delayMs } }
}
