import { executorTypeOf } from '../executors/executors.ts'
import type { Scenario } from '../scenario/scenario.ts'

/** What a run is doing at a moment, in a few words. */
export function stageAt(scenario: Scenario, elapsedMs: number, durationMs: number): string {
  if (elapsedMs < 0) return 'about to begin'
  if (elapsedMs >= durationMs) return 'waiting for the last answers'
  if (elapsedMs < scenario.warmUp) return 'warm-up'
  if (elapsedMs >= durationMs - scenario.coolDown) return 'cool-down'
  return executorTypeOf(scenario.executor).stageAt(scenario.executor, elapsedMs)
}
