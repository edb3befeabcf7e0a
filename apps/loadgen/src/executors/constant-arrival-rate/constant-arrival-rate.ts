import { z } from 'zod'
import { RateProfile } from '../../plan/rate-profile.ts'
import { durationText, span } from '../../schema/duration.ts'
import { MAX_RATE, maxUsers, ratePlan, rateText } from '../arrival-rates.ts'
import { defineExecutor } from '../executor-type.ts'

/** A constant rate of conversations (k6: constant-arrival-rate). */
export const constantArrivalRate = defineExecutor({
  type: 'constant-arrival-rate',
  schema: z.strictObject({
    type: z.literal('constant-arrival-rate'),
    rate: z.number().positive().max(MAX_RATE),
    duration: span,
    maxUsers,
  }),
  isRecorded: false,
  loadFlags: {
    users:
      'it begins conversations whoever is there: use --rate, or --set executor.maxUsers=N for the most at once',
    rate: true,
    duration: true,
  },
  durationMs: ({ duration }) => duration,
  validate: ({ rate, duration }, _, report) => {
    if ((rate * duration) / 1000 < 1)
      report('executor.rate', 'gives less than one conversation in the whole run')
  },
  plan: ({ rate, duration, maxUsers: max }, context) =>
    ratePlan(RateProfile.constant(rate, duration), max, context),
  written: (executor) => ({ ...executor, duration: durationText(executor.duration) }),
  describe: ({ rate }) => rateText(rate),
  stageAt: () => 'steady',
})
