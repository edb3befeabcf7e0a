import type { ArrivalProcess } from '../schema/arrival-process.ts'
import { normalQuantile } from './normal.ts'
import type { RandomStream } from '../random/random-stream.ts'
import type { RateProfile } from './rate-profile.ts'

/**
 * Start times of an arrival process, in milliseconds, ascending. A process of rate one is drawn, and its time
 * axis is stretched by the inverse of the integrated rate. This is exact for any rate: Poisson arrivals stay
 * Poisson on a ramp, and constant arrivals are never more than one off the integral. Constant arrivals begin
 * at once, the others after a first gap.
 */
export function* arrivalTimes(
  profile: RateProfile,
  process: ArrivalProcess,
  random: RandomStream,
): Generator<number> {
  if (process.process === 'constant') {
    for (let count = 0; ; count++) {
      const timeMs = profile.timeOf(count)
      if (timeMs === undefined) return
      yield timeMs
    }
  }
  const gap =
    process.process === 'poisson'
      ? () => -Math.log(random.uniform())
      : () => gamma(process.burstiness, random)
  for (let level = gap(); ; level += gap()) {
    const timeMs = profile.timeOf(level)
    if (timeMs === undefined) return
    yield timeMs
  }
}

/** A gamma variable of mean 1 and the given variance, by the method of Marsaglia and Tsang (2000). */
export function gamma(variance: number, random: RandomStream): number {
  const shape = 1 / variance
  // For a shape below 1, a variable of shape + 1 is drawn and scaled down.
  const boost = shape < 1 ? random.uniform() ** (1 / shape) : 1
  const d = (shape < 1 ? shape + 1 : shape) - 1 / 3
  const c = 1 / Math.sqrt(9 * d)
  for (;;) {
    const x = normalQuantile(random.uniform())
    const v = (1 + c * x) ** 3
    if (v > 0 && Math.log(random.uniform()) < x ** 2 / 2 + d * (1 - v + Math.log(v)))
      return d * v * boost * variance
  }
}
