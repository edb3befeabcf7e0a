// What the executors with a rate share: conversations begin at their times, whatever the server does.
import { z } from 'zod'
import { arrival } from '../plan/arrival.ts'
import { arrivalTimes } from '../plan/arrivals.ts'
import type { OpenPlan } from '../plan/plan.ts'
import type { RateProfile } from '../plan/rate-profile.ts'
import { RandomStream } from '../random/random-stream.ts'
import type { PlanContext } from './executor-type.ts'
import { MAX_USERS } from './vus.ts'

/** More than one machine can begin in a second. */
export const MAX_RATE = 100_000

/** Most conversations at once; an arrival beyond them is dropped. */
export const maxUsers = z.int().min(1).max(MAX_USERS)

/** The plan of an executor with a rate. @param maxUsers most conversations at once */
export function ratePlan(profile: RateProfile, maxUsers: number, context: PlanContext): OpenPlan {
  const { arrivals, conversations, seed } = context
  return {
    kind: 'open',
    durationMs: profile.durationMs,
    maxUsers,
    *arrivals() {
      let index = 0
      for (const atMs of arrivalTimes(profile, arrivals, new RandomStream(seed, 'arrivals'))) {
        const id = `arrival-${index++}`
        yield arrival(atMs, () => conversations.fromDialogues(id))
      }
    },
  }
}

/** A rate for people: `2 conversations/s`. */
export const rateText = (rate: number): string => `${rate} conversations/s`
