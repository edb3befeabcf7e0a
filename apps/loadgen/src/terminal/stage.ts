import { countText } from './number-text.ts'
import type { Scenario } from '../scenario/scenario.ts'

/** What a run is doing at a moment, in a few words. */
export function stageAt(scenario: Scenario, elapsedMs: number, durationMs: number): string {
  if (elapsedMs < 0) return 'about to begin'
  if (elapsedMs >= durationMs) return 'waiting for the last answers'
  if (elapsedMs < scenario.warmUp) return 'warm-up'
  if (elapsedMs >= durationMs - scenario.coolDown) return 'cool-down'
  const { executor } = scenario
  if (!('stages' in executor)) return 'steady'
  let end = 0
  for (const [index, stage] of executor.stages.entries()) {
    end += stage.duration
    if (elapsedMs >= end) continue
    const aim = 'users' in stage ? countText(stage.users, 'user') : `${stage.rate} conversations/s`
    return `stage ${index + 1} of ${executor.stages.length}, towards ${aim}`
  }
  return 'steady'
}
