import { planOf } from '../scenario/plan-of.ts'
import type { Plan } from '../plan/plan.ts'
import type { Scenario } from '../scenario/scenario.ts'
import type { CheckedTarget } from '../target/open-target.ts'

/** A load that is known down to each message, before any of it is sent. */
export interface PlannedLoad {
  readonly scenario: Scenario
  /** What the scenario's paths are relative to. */
  readonly directory: string
  readonly seed: number
  /** What scenario and seed give. It is code, so each worker thread makes it again. */
  readonly plan: Plan
}

/** A run that can begin: nothing about it is found out later. */
export interface PreparedRun extends PlannedLoad {
  readonly target: CheckedTarget
}

/** @throws ScenarioProblem if the file of a trace cannot be used */
export const planLoad = (
  { scenario, directory }: Pick<PlannedLoad, 'scenario' | 'directory'>,
  seed: number,
): PlannedLoad => ({ scenario, directory, seed, plan: planOf(scenario, seed, { directory }) })
