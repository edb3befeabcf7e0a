// What the executors with a number of virtual users share: a user begins the next conversation when one has ended.
import type { ClosedPlan } from '../plan/plan.ts'
import { UserSteps } from '../plan/user-steps.ts'
import type { PlanContext, Report, ScenarioParts } from './executor-type.ts'

/** More than one machine can simulate. */
export const MAX_USERS = 100_000

/** @param stages users change linearly over each */
export function usersPlan(
  startUsers: number,
  stages: ConstructorParameters<typeof UserSteps>[1],
  { conversations }: PlanContext,
): ClosedPlan {
  const steps = new UserSteps(startUsers, stages)
  return {
    kind: 'closed',
    durationMs: steps.durationMs,
    usersAt: (ms) => steps.usersAt(ms),
    changes: () => steps.changes(),
    conversation: (user, ordinal) => conversations.fromDialogues(`user-${user}-${ordinal}`),
  }
}

/** Reports `arrivals`, which an executor with users cannot have. */
export function rejectArrivals(type: string, { arrivals }: ScenarioParts, report: Report): void {
  if (arrivals === undefined) return
  report('arrivals', `with ${type} conversations begin when users are free; only rates have arrivals`)
}

/** A number of users for people: `1 user`, `2,000 users`. */
export const usersText = (users: number): string =>
  `${users.toLocaleString('en-US')} ${users === 1 ? 'user' : 'users'}`
