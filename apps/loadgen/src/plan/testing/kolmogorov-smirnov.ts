/**
 * The p-value of the Kolmogorov–Smirnov test (asymptotic series with Stephens' correction): the probability of a
 * deviation at least as large as that of the samples. If it is small, the samples are not of the distribution.
 */
export function kolmogorovSmirnov(samples: readonly number[], cdf: (value: number) => number): number {
  const count = samples.length
  const deviation = samples
    .toSorted((one, other) => one - other)
    .reduce((most, value, index) => {
      const p = cdf(value)
      return Math.max(most, p - index / count, (index + 1) / count - p)
    }, 0)
  const root = Math.sqrt(count)
  const lambda = (root + 0.12 + 0.11 / root) * deviation
  // Below this the series does not converge, and the probability is 1 to many digits.
  if (lambda < 0.2) return 1
  let sum = 0
  for (let k = 1; k <= 100; k++) sum += (k % 2 === 1 ? 2 : -2) * Math.exp(-2 * k ** 2 * lambda ** 2)
  return Math.min(1, Math.max(0, sum))
}
