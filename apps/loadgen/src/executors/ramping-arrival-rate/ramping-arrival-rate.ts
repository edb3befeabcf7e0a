import { z } from 'zod'
import { RateProfile } from '../../plan/rate-profile.ts'
import { MAX_RATE, maxUsers, ratePlan, rateText } from '../arrival-rates.ts'
import { defineExecutor } from '../executor-type.ts'
import { durationOfStages, inStages, stagesOf, stageText, writtenStages } from '../stages.ts'

const rate = z.number().min(0).max(MAX_RATE)

/** A rate of conversations that changes in stages (k6: ramping-arrival-rate). */
export const rampingArrivalRate = defineExecutor({
  type: 'ramping-arrival-rate',
  schema: z
    .strictObject({
      type: z.literal('ramping-arrival-rate'),
      startRate: rate.default(0),
      stages: stagesOf({ rate }),
      maxUsers,
    })
    .refine(({ startRate, stages }) => startRate > 0 || stages.some((stage) => stage.rate > 0), {
      path: ['stages'],
      message: 'never has an arrival: startRate and all stages are 0',
    }),
  isRecorded: false,
  loadFlags: {
    users:
      'it begins conversations whoever is there: use --set executor.stages.0.rate=N, or --set executor.maxUsers=N for the most at once',
    rate: `${inStages('rate')}: use --set executor.stages.0.rate=N`,
    duration: `${inStages('duration')}: use --set executor.stages.0.duration=TIME`,
  },
  durationMs: ({ stages }) => durationOfStages(stages),
  validate: () => {},
  plan: ({ startRate, stages, maxUsers: max }, context) =>
    ratePlan(new RateProfile(startRate, stages), max, context),
  written: (executor) => ({ ...executor, stages: writtenStages(executor.stages) }),
  describe: ({ startRate, stages }) =>
    `up to ${rateText(Math.max(startRate, ...stages.map((stage) => stage.rate)))}`,
  stageAt: ({ stages }, elapsedMs) => stageText(stages, elapsedMs, (stage) => rateText(stage.rate)),
})
