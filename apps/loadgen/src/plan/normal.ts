// Standard normal distribution: Acklam's rational approximation of the quantile function (relative error below 1.2e-9)
// and the error function of Abramowitz and Stegun, 7.1.26 (absolute error below 1.5e-7).
const A = [
  -39.69683028665376, 220.9460984245205, -275.9285104469687, 138.357751867269, -30.66479806614716,
  2.506628277459239,
]
const B = [
  -54.47609879822406, 161.5858368580409, -155.6989798598866, 66.80131188771972, -13.28068155288572, 1,
]
const C = [
  -0.007784894002430293, -0.3223964580411365, -2.400758277161838, -2.549732539343734, 4.374664141464968,
  2.938163982698783,
]
const D = [0.007784695709041462, 0.3224671290700398, 2.445134137142996, 3.754408661907416, 1]
const TAIL = 0.02425
const ERF = [1.061405429, -1.453152027, 1.421413741, -0.284496736, 0.254829592, 0]

const polynomial = (coefficients: readonly number[], x: number) =>
  coefficients.reduce((value, coefficient) => value * x + coefficient, 0)

/** The number below which a standard normal variable lies with probability `p`. */
export function normalQuantile(p: number): number {
  if (p <= 0) return -Infinity
  if (p >= 1) return Infinity
  if (p > 0.5) return -normalQuantile(1 - p)
  if (p < TAIL) {
    const q = Math.sqrt(-2 * Math.log(p))
    return polynomial(C, q) / polynomial(D, q)
  }
  const q = p - 0.5
  return (q * polynomial(A, q * q)) / polynomial(B, q * q)
}

/** The probability that a standard normal variable lies below `x`. */
export function normalCdf(x: number): number {
  const z = Math.abs(x) / Math.SQRT2
  const t = 1 / (1 + 0.3275911 * z)
  const tail = z === Infinity ? 0 : (polynomial(ERF, t) * Math.exp(-z * z)) / 2
  return x < 0 ? tail : 1 - tail
}
