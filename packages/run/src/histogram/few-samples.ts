/** Marks a quantile of too few samples. */
const MARK = '†'
/** The footnote to quantiles that `markFew` has marked. */
export const FEW_SAMPLES = `${MARK} The slowest of all: of fewer than 20 samples a p95 is no more than that, and of fewer than 100 a p99.`

/**
 * Whether a nearest-rank quantile above the median is just the largest sample, as it is of fewer than
 * `1 / (1 − q)` samples. Then a single answer decides it, and another run would give another value.
 */
export const isSlowest = (q: number, samples: number): boolean =>
  q > 0.5 && q < 1 && samples > 0 && Math.ceil(q * samples - 1e-9) === samples

/** A quantile's text, with the mark if it is of too few samples. */
export const markFew = (text: string, q: number, samples: number): string =>
  isSlowest(q, samples) ? `${text}${MARK}` : text
