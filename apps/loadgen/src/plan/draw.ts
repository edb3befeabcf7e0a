import type { Distribution } from '../schema/distribution.ts'
import { normalCdf, normalQuantile } from './normal.ts'
import type { RandomStream } from '../random/random-stream.ts'

interface Curve {
  readonly cdf: (value: number) => number
  readonly quantile: (p: number) => number
}

/**
 * Draws a number by inversion. Every draw takes one number of the stream, so that a stream stays in step when
 * the distribution changes. `min` and `max` narrow the range of probabilities. This equals drawing again
 * until the number lies within them, so no values pile up at the bounds.
 */
export function draw(d: Distribution, random: RandomStream): number {
  const u = random.uniform()
  switch (d.type) {
    case 'constant':
      return d.value
    case 'uniform':
      return d.min + u * (d.max - d.min)
    case 'empirical':
      return d.values[Math.floor(u * d.values.length)] ?? 0
    default:
      return within(d.min ?? 0, d.max ?? Infinity, curveOf(d), u)
  }
}

type Unbounded = Exclude<Distribution, { type: 'constant' | 'uniform' | 'empirical' }>

function curveOf(d: Unbounded): Curve {
  switch (d.type) {
    case 'exponential':
      return {
        cdf: (value) => -Math.expm1(-value / d.mean),
        quantile: (p) => -d.mean * Math.log1p(-p),
      }
    case 'normal':
      return {
        cdf: (value) => normalCdf((value - d.mean) / d.deviation),
        quantile: (p) => d.mean + d.deviation * normalQuantile(p),
      }
    case 'lognormal':
      return {
        cdf: (value) => normalCdf(Math.log(value / d.median) / d.sigma),
        quantile: (p) => d.median * Math.exp(d.sigma * normalQuantile(p)),
      }
  }
}

function within(min: number, max: number, { cdf, quantile }: Curve, u: number): number {
  const low = cdf(min)
  const value = quantile(low + u * (cdf(max) - low))
  // The approximations of the two curves differ in the last digits.
  return Math.min(max, Math.max(min, value))
}

/** Draws a whole number, at least 1. */
export const drawCount = (d: Distribution, random: RandomStream) => Math.max(1, Math.round(draw(d, random)))
