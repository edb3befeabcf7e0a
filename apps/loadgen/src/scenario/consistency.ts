import type { z } from 'zod'
import type { Report } from '../executors/executor-type.ts'
import { executorTypeOf } from '../executors/executors.ts'
import type { Scenario } from './parts.ts'

/** A contradiction between parts that are valid alone. */
interface Contradiction {
  readonly path: (string | number)[]
  readonly message: string
}

/** All contradictions between the parts of a scenario; parts that are missing are not judged. */
export function contradictions(scenario: Partial<Scenario>): Contradiction[] {
  const found: Contradiction[] = []
  const report: Report = (path, message) => found.push({ path: path.split('.'), message })
  checkWindow(scenario, report)
  const { executor, slo, thresholds = [] } = scenario
  if (executor !== undefined) executorTypeOf(executor).validate(executor, scenario, report)
  checkExactAnswers(scenario, report)
  for (const [index, threshold] of thresholds.entries())
    if (slo !== undefined && Object.keys(slo).length === 0 && threshold.trimStart().startsWith('goodput'))
      report(`thresholds.${index}`, 'goodput counts requests that meet the SLO, and slo is empty')
  return found
}

/** Reports contradictions as issues of the schema. */
export function checkConsistency(scenario: Scenario, context: z.RefinementCtx): void {
  for (const { path, message } of contradictions(scenario))
    context.addIssue({ code: 'custom', path, message })
}

/**
 * What is wrong if nothing is left between warm-up and cool-down. The duration of a trace is known only from
 * its file.
 */
export function windowProblem(
  { warmUp = 0, coolDown = 0 }: Partial<Pick<Scenario, 'warmUp' | 'coolDown'>>,
  durationMs: number,
): string | undefined {
  if (warmUp + coolDown < durationMs) return undefined
  return `no steady part is left: warmUp and coolDown take ${warmUp + coolDown} ms of ${durationMs} ms`
}

function checkWindow(scenario: Partial<Scenario>, report: Report): void {
  const durationMs = scenario.executor && executorTypeOf(scenario.executor).durationMs(scenario.executor)
  const problem = durationMs === undefined ? undefined : windowProblem(scenario, durationMs)
  if (problem !== undefined) report('warmUp', problem)
}

function checkExactAnswers({ executor, conversation }: Partial<Scenario>, report: Report): void {
  if (conversation?.exactAnswers !== true || conversation.answer !== undefined) return
  if (executor !== undefined && executorTypeOf(executor).isRecorded) return
  report('conversation.exactAnswers', 'needs the length of answers: set conversation.answer')
}
