import { parseThreshold, ThresholdError } from '@slicechat/run'
import { z } from 'zod'
import { arrivalProcess } from '../schema/arrival-process.ts'
import { conversation } from '../schema/conversation.ts'
import { duration, span } from '../schema/duration.ts'
import { executor } from '../executors/executors.ts'

/**
 * A condition on the run. The report reads times without a unit as seconds, for old runs; here the unit is required.
 */
export const threshold = z.string().superRefine((expression, context) => {
  try {
    const { unit, limit } = parseThreshold(expression)
    const bare = /([\d.]+)\s*$/.exec(expression)?.[1]
    if (unit !== 'ms' || limit === 0 || bare === undefined) return
    const message = `threshold "${expression}": ${bare} has no unit: write ${bare}ms or ${bare}s`
    context.addIssue({ code: 'custom', message })
  } catch (error) {
    if (!(error instanceof ThresholdError)) throw error
    context.addIssue({ code: 'custom', message: error.message })
  }
})

/** The parts of a scenario, each with its own schema. */
export const scenarioObject = z.strictObject({
  name: z.string().regex(/^[a-z0-9-]+$/, 'expected lower-case letters, digits and hyphens'),
  description: z.string().default(''),
  executor,
  /** Times between arrivals where there is a rate; absent: Poisson. */
  arrivals: arrivalProcess.optional(),
  conversation,
  warmUp: duration.default(0),
  coolDown: duration.default(0),
  /** How long after the plan's end answers may still come before they are cut off. */
  grace: duration.default(60_000),
  slo: z
    .strictObject({ ttft: span.optional(), interToken: span.optional(), e2e: span.optional() })
    .default({}),
  /** For example `ttft.p95 < 2s`, `errors.rate < 1%`, `goodput >= 0.95`. */
  thresholds: z.array(threshold).default([]),
})

/** A scenario as the code uses it: defaults filled in, durations in milliseconds. */
export type Scenario = z.output<typeof scenarioObject>
