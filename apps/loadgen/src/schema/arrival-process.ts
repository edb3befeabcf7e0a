import { z } from 'zod'

/**
 * Times between arrivals where there is a rate. Gamma: `burstiness` is the variance of the gaps over their squared
 * mean, so 1 is Poisson, below 1 smoother, above 1 burstier (vLLM's `--burstiness` is its reciprocal).
 */
export const arrivalProcess = z.discriminatedUnion('process', [
  z.strictObject({ process: z.literal('constant') }),
  z.strictObject({ process: z.literal('poisson') }),
  z.strictObject({ process: z.literal('gamma'), burstiness: z.number().min(0.001).max(1000) }),
])

/** How the times between arrivals are drawn. */
export type ArrivalProcess = z.output<typeof arrivalProcess>
