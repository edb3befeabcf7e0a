import { executorTypeOf } from '../executors/executors.ts'
import { timeDistributionText } from '../schema/distribution.ts'
import { durationText } from '../schema/duration.ts'
import type { LoadedScenario } from './load.ts'
import type { Scenario } from './scenario.ts'

/**
 * A scenario as JSON, and so YAML, that means the same in whichever folder it is put: defaults filled in,
 * durations with their units, a trace's file by its absolute path.
 */
export function scenarioText({
  scenario,
  directory,
}: Pick<LoadedScenario, 'scenario' | 'directory'>): string {
  const { executor, conversation, warmUp, coolDown, grace, slo, ...rest } = scenario
  const { thinkTime, abandon } = conversation
  const written = {
    ...rest,
    executor: executorTypeOf(executor).written(executor, directory),
    conversation: {
      ...conversation,
      thinkTime: timeDistributionText(thinkTime),
      ...(abandon && { abandon: { ...abandon, after: timeDistributionText(abandon.after) } }),
    },
    warmUp: durationText(warmUp),
    coolDown: durationText(coolDown),
    grace: durationText(grace),
    slo: Object.fromEntries(
      Object.entries(slo).flatMap(([name, ms]) => (ms === undefined ? [] : [[name, durationText(ms)]])),
    ),
  }
  const inOrder = Object.keys(scenario).map((key) => [key, written[key as keyof Scenario]])
  return JSON.stringify(Object.fromEntries(inOrder), null, 2)
}
