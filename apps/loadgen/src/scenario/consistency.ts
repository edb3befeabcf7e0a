import type { z } from 'zod'
import type { Scenario } from './parts.ts'
import { durationOf } from './executor.ts'

/** A contradiction between parts that are valid alone. */
interface Contradiction {
  readonly path: (string | number)[]
  readonly message: string
}

type Report = (path: string, message: string) => void

/** All contradictions between the parts of a scenario; parts that are missing are not judged. */
export function contradictions(scenario: Partial<Scenario>): Contradiction[] {
  const found: Contradiction[] = []
  const report: Report = (path, message) => found.push({ path: path.split('.'), message })
  judgeWindow(scenario, report)
  judgeArrivals(scenario, report)
  judgeConversation(scenario, report)
  const { slo, thresholds = [] } = scenario
  for (const [index, threshold] of thresholds.entries())
    if (slo !== undefined && Object.keys(slo).length === 0 && threshold.trimStart().startsWith('goodput'))
      report(`thresholds.${index}`, 'goodput counts requests that meet the SLO, and slo is empty')
  return found
}

export function judgeConsistency(scenario: Scenario, context: z.RefinementCtx): void {
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

function judgeWindow(scenario: Partial<Scenario>, report: Report): void {
  const durationMs = scenario.executor && durationOf(scenario.executor)
  const problem = durationMs === undefined ? undefined : windowProblem(scenario, durationMs)
  if (problem !== undefined) report('warmUp', problem)
}

function judgeArrivals({ executor, arrivals }: Partial<Scenario>, report: Report): void {
  if (executor === undefined) return
  if (executor.type === 'constant-arrival-rate' && (executor.rate * executor.duration) / 1000 < 1)
    report('executor.rate', 'gives less than one conversation in the whole run')
  if (arrivals === undefined) return
  if (executor.type.endsWith('-vus'))
    report(
      'arrivals',
      `with ${executor.type} conversations begin when users are free; only rates have arrivals`,
    )
  else if (executor.type === 'trace' && executor.format !== 'sharegpt')
    report('arrivals', `the ${executor.format} trace says when conversations arrive`)
}

function judgeConversation({ executor, conversation }: Partial<Scenario>, report: Report): void {
  if (conversation === undefined) return
  const { answer, exactAnswers, systemPrompts, languages } = conversation
  const trace = executor?.type === 'trace' ? executor.format : undefined
  if (exactAnswers && answer === undefined && trace === undefined)
    report('conversation.exactAnswers', 'needs the length of answers: set conversation.answer')
  if (trace === undefined) return
  if (conversation.prompt !== undefined)
    report('conversation.prompt', `the ${trace} trace says how long messages are`)
  if (languages.zh > 0 && trace !== 'burstgpt' && trace !== 'azure')
    report('conversation.languages', `the language is that of the ${trace} trace`)
  if (trace === 'sharegpt') return
  if (conversation.turns !== undefined)
    report('conversation.turns', `each request of a ${trace} trace is a conversation of one turn`)
  if (answer !== undefined) report('conversation.answer', `the ${trace} trace says how long answers are`)
  if (systemPrompts.length > 0)
    report('conversation.systemPrompts', `the lengths of a ${trace} trace are those of whole prompts`)
}
