import { executorTypeOf } from '../executors/executors.ts'
import { Conversations } from '../plan/conversation.ts'
import type { Plan } from '../plan/plan.ts'
import { ScenarioProblem } from '../problems/scenario-problem.ts'
import { windowProblem } from './consistency.ts'
import type { Scenario } from './scenario.ts'

/**
 * The plan of a run. The same scenario and seed give the same conversations at the same times, on every
 * machine. `directory` is what the path of a trace's file is relative to, as `loadScenario` gives it.
 * @throws ScenarioProblem if the trace's file cannot be used
 */
export function planOf(scenario: Scenario, seed: number, { directory }: { directory: string }): Plan {
  const { executor, arrivals = { process: 'poisson' } } = scenario
  const conversations = new Conversations(scenario.conversation, seed)
  const plan = executorTypeOf(executor).plan(executor, { conversations, arrivals, seed, directory })
  // The duration of a trace is known only now.
  const message = windowProblem(scenario, plan.durationMs)
  if (message === undefined) return plan
  throw new ScenarioProblem([{ path: 'warmUp', message, source: '', line: undefined }])
}
