/** Quantiles of signed errors, milliseconds. `p99` and `max` are of absolute values: early is as wrong as late. */
export interface ErrorQuantiles {
  readonly p50: number
  readonly p99: number
  readonly max: number
}

/** Nearest-rank quantiles; the median keeps its sign. */
export function errorQuantiles(errors: readonly number[]): ErrorQuantiles {
  const signed = errors.toSorted((a, b) => a - b)
  const sizes = errors.map(Math.abs).sort((a, b) => a - b)
  const rank = (sorted: readonly number[], q: number): number =>
    sorted[Math.max(0, Math.ceil(sorted.length * q) - 1)] ?? Number.NaN
  return { p50: rank(signed, 0.5), p99: rank(sizes, 0.99), max: rank(sizes, 1) }
}
