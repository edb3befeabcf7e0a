import { z } from 'zod'
import { durationText, span } from '../../schema/duration.ts'
import { defineExecutor } from '../executor-type.ts'
import { rejectArrivals, MAX_USERS, usersPlan, usersText } from '../vus.ts'

/** A constant number of users (k6: constant-vus). */
export const constantVus = defineExecutor({
  type: 'constant-vus',
  schema: z.strictObject({
    type: z.literal('constant-vus'),
    users: z.int().min(1).max(MAX_USERS),
    duration: span,
  }),
  isRecorded: false,
  loadFlags: {
    users: true,
    rate: 'its users begin conversations when they are free: use --users',
    duration: true,
  },
  durationMs: ({ duration }) => duration,
  validate: ({ type }, parts, report) => rejectArrivals(type, parts, report),
  plan: ({ users, duration }, context) => usersPlan(users, [{ users, duration }], context),
  written: (executor) => ({ ...executor, duration: durationText(executor.duration) }),
  describe: ({ users }) => usersText(users),
  stageAt: () => 'steady',
})
