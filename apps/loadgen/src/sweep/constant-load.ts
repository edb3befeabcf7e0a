import { omitUndefined } from '@slicechat/contract'
import type { Scenario } from '../scenario/scenario.ts'
import { MAX_USERS } from '../executors/vus.ts'

/** What a sweep varies: the number of users, or the conversations that begin per second. */
export type LoadParameter = 'users' | 'rate'

/** A scenario with a constant load in place of its own; SLO and conversations stay as they are. */
export function scenarioAt(
  scenario: Scenario,
  over: LoadParameter,
  load: number,
  { warmUpMs, durationMs }: { warmUpMs: number; durationMs: number },
): Scenario {
  const { arrivals, executor, ...rest } = scenario
  const duration = warmUpMs + durationMs
  const times = { warmUp: warmUpMs, coolDown: 0, thresholds: [] }
  if (over === 'users')
    return { ...rest, ...times, executor: { type: 'constant-vus', users: load, duration } }
  const maxUsers = 'maxUsers' in executor ? executor.maxUsers : MAX_USERS
  return {
    ...rest,
    ...times,
    ...omitUndefined({ arrivals }),
    executor: { type: 'constant-arrival-rate', rate: load, duration, maxUsers },
  }
}
