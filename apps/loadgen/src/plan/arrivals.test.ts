import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { ArrivalProcess } from '../schema/arrival-process.ts'
import { arrivalTimes, gamma } from './arrivals.ts'
import { RandomStream } from '../random/random-stream.ts'
import { RateProfile } from './rate-profile.ts'
import { kolmogorovSmirnov } from './testing/kolmogorov-smirnov.ts'

const times = (profile: RateProfile, process: ArrivalProcess, seed = 1) => [
  ...arrivalTimes(profile, process, new RandomStream(seed, 'arrivals')),
]
const gaps = (moments: readonly number[]) =>
  moments.map((timeMs, index) => timeMs - (moments[index - 1] ?? 0)).slice(1)
const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length
const variance = (values: readonly number[]) => {
  const centre = mean(values)
  return mean(values.map((value) => (value - centre) ** 2))
}
/** 20 arrivals a second for 1,000 seconds. */
const steady = RateProfile.constant(20, 1_000_000)
const exponentialMs = (gap: number) => 1 - Math.exp(-gap / 50)

describe('Poisson', () => {
  test.each([1, 2, 3, 4, 5])('gaps are exponential (Kolmogorov–Smirnov), seed %d', (seed) => {
    const found = gaps(times(steady, { process: 'poisson' }, seed))
    expect(found.length).toBeGreaterThan(19_000)
    expect(kolmogorovSmirnov(found, exponentialMs)).toBeGreaterThan(0.01)
  })

  test('on a ramp, moments are of the integrated rate', () => {
    const ramp = new RateProfile(0, [
      { duration: 300_000, rate: 40 },
      { duration: 200_000, rate: 40 },
      { duration: 500_000, rate: 5 },
    ])
    const found = times(ramp, { process: 'poisson' })
    const total = ramp.expectedBy(ramp.durationMs)
    expect(Math.abs(found.length - total)).toBeLessThan(4 * Math.sqrt(total))
    expect(kolmogorovSmirnov(found, (ms) => ramp.expectedBy(ms) / total)).toBeGreaterThan(0.01)
    expect(kolmogorovSmirnov(found, (ms) => ms / ramp.durationMs)).toBeLessThan(1e-6)
  })

  test.each<ArrivalProcess>([
    { process: 'constant' },
    { process: 'gamma', burstiness: 0.8 },
    { process: 'gamma', burstiness: 1.25 },
  ])('the test tells $process arrivals from it', (process) => {
    expect(kolmogorovSmirnov(gaps(times(steady, process)), exponentialMs)).toBeLessThan(1e-6)
  })
})

describe('constant', () => {
  test('is exact', () => {
    expect(times(RateProfile.constant(4, 2_000), { process: 'constant' })).toEqual([
      0, 250, 500, 750, 1000, 1250, 1500, 1750,
    ])
    const all = times(RateProfile.constant(3, 3_600_000), { process: 'constant' })
    expect(all.length).toBe(10_800)
    for (const [index, timeMs] of all.entries()) expect(timeMs).toBeCloseTo(index / 0.003, 6)
  })

  test('on a ramp, is never more than one off the integral', () => {
    const ramp = new RateProfile(1, [
      { duration: 20_000, rate: 10 },
      { duration: 5_000, rate: 0 },
      { duration: 5_000, rate: 0 },
      { duration: 10_000, rate: 7 },
    ])
    const all = times(ramp, { process: 'constant' })
    for (let ms = 0; ms <= ramp.durationMs; ms += 100) {
      const off = all.filter((timeMs) => timeMs < ms).length - ramp.expectedBy(ms)
      expect(off).toBeGreaterThan(-1e-6)
      expect(off).toBeLessThan(1 + 1e-6)
    }
  })
})

describe('gamma', () => {
  test.each([0.1, 0.5, 1, 2, 8])('of burstiness %d has mean 1 and that variance', (burstiness) => {
    const random = new RandomStream(2, burstiness)
    const all = Array.from({ length: 200_000 }, () => gamma(burstiness, random))
    expect(Math.abs(mean(all) - 1)).toBeLessThan(0.03)
    expect(Math.abs(variance(all) / burstiness - 1)).toBeLessThan(0.05)
  })

  test('of burstiness 1 is Poisson', () => {
    const found = gaps(times(steady, { process: 'gamma', burstiness: 1 }))
    expect(kolmogorovSmirnov(found, exponentialMs)).toBeGreaterThan(0.01)
  })
})

const stages = fc.array(
  fc.record({
    duration: fc.integer({ min: 1, max: 60_000 }),
    rate: fc.double({ min: 0, max: 50, noNaN: true }),
  }),
  { minLength: 1, maxLength: 5 },
)
const processes = fc.constantFrom<ArrivalProcess>(
  { process: 'constant' },
  { process: 'poisson' },
  { process: 'gamma', burstiness: 3 },
)

test('whatever the profile, moments ascend and lie within it', () => {
  fc.assert(
    fc.property(fc.double({ min: 0, max: 50, noNaN: true }), stages, processes, (start, list, process) => {
      const profile = new RateProfile(start, list)
      let before = 0
      for (const timeMs of times(profile, process)) {
        expect(timeMs).toBeGreaterThanOrEqual(before)
        expect(timeMs).toBeLessThanOrEqual(profile.durationMs)
        before = timeMs
      }
    }),
    { numRuns: 60 },
  )
})

test('the moment of a count is the inverse of the count by a moment', () => {
  fc.assert(
    fc.property(
      fc.double({ min: 0.01, max: 50, noNaN: true }),
      stages,
      fc.double({ min: 0, max: 0.999, noNaN: true }),
      (start, list, part) => {
        const profile = new RateProfile(start, list)
        const count = part * profile.expectedBy(profile.durationMs)
        const timeMs = profile.timeOf(count)
        expect(timeMs).toBeDefined()
        expect(Math.abs(profile.expectedBy(timeMs ?? NaN) - count)).toBeLessThan(1e-6)
      },
    ),
  )
})
