import { z } from 'zod'
import { defineExecutor } from '../executor-type.ts'
import { durationOfStages, inStages, stagesOf, stageText, writtenStages } from '../stages.ts'
import { rejectArrivals, MAX_USERS, usersPlan, usersText } from '../vus.ts'

const users = z.int().min(0).max(MAX_USERS)

/** A number of users that changes in stages (k6: ramping-vus). */
export const rampingVus = defineExecutor({
  type: 'ramping-vus',
  schema: z
    .strictObject({
      type: z.literal('ramping-vus'),
      startUsers: users.default(0),
      /** In each stage the number of users changes linearly to the stage's. */
      stages: stagesOf({ users }),
    })
    .refine(({ startUsers, stages }) => startUsers > 0 || stages.some((stage) => stage.users > 0), {
      path: ['stages'],
      message: 'never has a user: startUsers and all stages are 0',
    }),
  isRecorded: false,
  loadFlags: {
    users: `${inStages('number of users')}: use --set executor.stages.0.users=N`,
    rate: 'its users begin conversations when they are free: use --set executor.stages.0.users=N',
    duration: `${inStages('duration')}: use --set executor.stages.0.duration=TIME`,
  },
  durationMs: ({ stages }) => durationOfStages(stages),
  validate: ({ type }, parts, report) => rejectArrivals(type, parts, report),
  plan: ({ startUsers, stages }, context) => usersPlan(startUsers, stages, context),
  written: (executor) => ({ ...executor, stages: writtenStages(executor.stages) }),
  describe: ({ startUsers, stages }) =>
    `up to ${usersText(Math.max(startUsers, ...stages.map((stage) => stage.users)))}`,
  stageAt: ({ stages }, elapsedMs) => stageText(stages, elapsedMs, (stage) => usersText(stage.users)),
})
