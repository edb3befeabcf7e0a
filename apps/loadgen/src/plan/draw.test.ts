import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Distribution } from '../schema/distribution.ts'
import { draw, drawCount } from './draw.ts'
import { normalCdf, normalQuantile } from './normal.ts'
import { RandomStream } from '../random/random-stream.ts'
import { kolmogorovSmirnov } from './testing/kolmogorov-smirnov.ts'

const samples = (d: Distribution, count = 20_000) => {
  const random = new RandomStream(1, JSON.stringify(d))
  return Array.from({ length: count }, () => draw(d, random))
}
const cut = (cdf: (value: number) => number, min: number, max: number) => (value: number) =>
  Math.min(1, Math.max(0, (cdf(value) - cdf(min)) / (cdf(max) - cdf(min))))

const exponential = (value: number) => 1 - Math.exp(-value / 5)
const normal = (value: number) => normalCdf((value - 10) / 6)
const lognormal = (value: number) => (value <= 0 ? 0 : normalCdf(Math.log(value / 200) / 0.7))

describe('numbers are of their distribution', () => {
  test.each<[string, Distribution, (value: number) => number]>([
    ['uniform', { type: 'uniform', min: 2, max: 6 }, (value) => (value - 2) / 4],
    ['exponential', { type: 'exponential', mean: 5 }, exponential],
    ['exponential, cut', { type: 'exponential', mean: 5, min: 1, max: 7 }, cut(exponential, 1, 7)],
    ['normal, never below 0', { type: 'normal', mean: 10, deviation: 6 }, cut(normal, 0, Infinity)],
    ['normal, cut', { type: 'normal', mean: 10, deviation: 6, min: 8, max: 30 }, cut(normal, 8, 30)],
    ['lognormal', { type: 'lognormal', median: 200, sigma: 0.7 }, lognormal],
    [
      'lognormal, cut',
      { type: 'lognormal', median: 200, sigma: 0.7, min: 20, max: 300 },
      cut(lognormal, 20, 300),
    ],
  ])('%s', (_, distribution, cdf) => {
    expect(kolmogorovSmirnov(samples(distribution), cdf)).toBeGreaterThan(0.01)
  })

  test('constant', () => {
    expect(new Set(samples({ type: 'constant', value: 42 }, 10))).toEqual(new Set([42]))
  })

  test('empirical: each value as often as it is listed', () => {
    const all = samples({ type: 'empirical', values: [1, 1, 1, 9] })
    expect(new Set(all)).toEqual(new Set([1, 9]))
    expect(Math.abs(all.filter((value) => value === 1).length / all.length - 0.75)).toBeLessThan(0.02)
  })
})

test('nothing heaps up at the bounds of a cut', () => {
  const all = samples({ type: 'lognormal', median: 200, sigma: 0.7, min: 150, max: 250 })
  expect(all.filter((value) => value === 150 || value === 250).length).toBeLessThan(3)
})

const bounds = fc
  .tuple(fc.double({ min: 0, max: 1e4, noNaN: true }), fc.double({ min: 1e-3, max: 1e4, noNaN: true }))
  .map(([one, other]) => ({ min: Math.min(one, other), max: Math.max(one, other) }))
const size = fc.double({ min: 0.01, max: 1e4, noNaN: true })

test('a cut holds, wherever it lies', () => {
  const curve = fc.oneof(
    size.map((mean) => ({ type: 'exponential' as const, mean })),
    fc.record({ type: fc.constant('normal' as const), mean: size, deviation: size }),
    fc.record({ type: fc.constant('lognormal' as const), median: size, sigma: size }),
  )
  fc.assert(
    fc.property(curve, bounds, fc.integer(), (d, { min, max }, seed) => {
      const value = draw({ ...d, min, max }, new RandomStream(seed))
      expect(value).toBeGreaterThanOrEqual(min)
      expect(value).toBeLessThanOrEqual(max)
    }),
  )
})

test('every draw takes one number of its stream', () => {
  const afterTwo = (d: Distribution) => {
    const random = new RandomStream(5)
    draw(d, random)
    draw(d, random)
    return random.uniform()
  }
  const all: Distribution[] = [
    { type: 'constant', value: 3 },
    { type: 'uniform', min: 1, max: 2 },
    { type: 'normal', mean: 1, deviation: 9, min: 0.5, max: 0.6 },
    { type: 'lognormal', median: 5, sigma: 1 },
    { type: 'exponential', mean: 3, max: 1 },
    { type: 'empirical', values: [1, 2, 3] },
  ]
  expect(new Set(all.map(afterTwo)).size).toBe(1)
})

test('there is at least one of what is counted', () => {
  expect(drawCount({ type: 'constant', value: 0.2 }, new RandomStream(1))).toBe(1)
  expect(drawCount({ type: 'constant', value: 2.6 }, new RandomStream(1))).toBe(3)
})

test.each([
  [0.5, 0],
  [0.975, 1.959963985],
  [0.01, -2.326347874],
  [1e-9, -5.997807015],
])('the normal quantile of %d', (p, x) => {
  expect(normalQuantile(p)).toBeCloseTo(x, 6)
  expect(normalCdf(x)).toBeCloseTo(p, 6)
})
