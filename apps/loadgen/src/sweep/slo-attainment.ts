/** The share of requests that met every SLO, with its 95% confidence interval. */
export interface SloAttainment {
  readonly requests: number
  readonly share: number
  readonly low: number
  readonly high: number
}

/** Quantile of the normal distribution for a two-sided interval of 95%. */
const Z = 1.96
const BATCHES = 10
/** With fewer requests in a batch, its mean says nothing about the correlation of neighbours. */
const MIN_IN_BATCH = 3

/**
 * Wilson's interval. Requests that are close in time are correlated, so n of them say less than n independent
 * ones. The number is divided by the design effect: the variance of the means of ten successive batches,
 * relative to that of independent requests.
 * @param good one for each request, in the order of their intended starts
 */
export function sloAttainmentOf(good: readonly boolean[]): SloAttainment {
  const requests = good.length
  if (requests === 0) return { requests, share: 0, low: 0, high: 1 }
  const share = mean(good)
  const n = requests / designEffect(good, share)
  const centre = (share + Z ** 2 / (2 * n)) / (1 + Z ** 2 / n)
  const half = (Z / (1 + Z ** 2 / n)) * Math.sqrt((share * (1 - share)) / n + Z ** 2 / (4 * n ** 2))
  return { requests, share, low: Math.max(0, centre - half), high: Math.min(1, centre + half) }
}

const mean = (good: readonly boolean[]): number => good.filter(Boolean).length / good.length

function designEffect(good: readonly boolean[], share: number): number {
  const size = Math.floor(good.length / BATCHES)
  const independent = (share * (1 - share)) / size
  if (size < MIN_IN_BATCH || independent === 0) return 1
  const means = Array.from({ length: BATCHES }, (_, batch) =>
    mean(good.slice(batch * size, (batch + 1) * size)),
  )
  const centre = means.reduce((sum, one) => sum + one, 0) / BATCHES
  const variance = means.reduce((sum, one) => sum + (one - centre) ** 2, 0) / (BATCHES - 1)
  return Math.max(1, variance / independent)
}
