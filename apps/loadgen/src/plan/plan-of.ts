import type { Executor, Scenario } from '../scenario/scenario.ts'
import { arrival } from './arrival.ts'
import { arrivalTimes } from './arrivals.ts'
import { Conversations } from './conversation.ts'
import type { ClosedPlan, OpenPlan, Plan } from './plan.ts'
import { RandomStream } from '../random/random-stream.ts'
import { RateProfile } from './rate-profile.ts'
import { tracePlan } from './trace/trace-plan.ts'
import { UserSteps } from './user-steps.ts'

/**
 * The plan of a run. The same scenario and seed give the same conversations at the same times, on every
 * machine. `directory` is what the path of a trace's file is relative to, as `loadScenario` gives it.
 * @throws ScenarioProblem if the trace's file cannot be used
 */
export function planOf(scenario: Scenario, seed: number, { directory }: { directory: string }): Plan {
  const { executor } = scenario
  const conversations = new Conversations(scenario.conversation, seed)
  switch (executor.type) {
    case 'constant-vus':
    case 'ramping-vus':
      return closedPlan(executor, conversations)
    case 'trace':
      return tracePlan(scenario, executor, conversations, seed, directory)
    default:
      return openPlan(executor, scenario, conversations, seed)
  }
}

function closedPlan(
  executor: Extract<Executor, { type: 'constant-vus' | 'ramping-vus' }>,
  conversations: Conversations,
): ClosedPlan {
  const steps = new UserSteps(executor)
  return {
    kind: 'closed',
    durationMs: steps.durationMs,
    usersAt: (ms) => steps.usersAt(ms),
    changes: () => steps.changes(),
    conversation: (user, ordinal) => conversations.fromDialogues(`user-${user}-${ordinal}`),
  }
}

function openPlan(
  executor: Extract<Executor, { type: 'constant-arrival-rate' | 'ramping-arrival-rate' }>,
  { arrivals = { process: 'poisson' } }: Scenario,
  conversations: Conversations,
  seed: number,
): OpenPlan {
  const profile = RateProfile.of(executor)
  return {
    kind: 'open',
    durationMs: profile.durationMs,
    maxUsers: executor.maxUsers,
    *arrivals() {
      let index = 0
      for (const atMs of arrivalTimes(profile, arrivals, new RandomStream(seed, 'arrivals'))) {
        const id = `arrival-${index++}`
        yield arrival(atMs, () => conversations.fromDialogues(id))
      }
    },
  }
}
