import { bucketSamples, FIRST_TOKEN_EDGES } from '@slicechat/metrics/reading'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { LatencyHistogram } from './latency-histogram.ts'

const of = (...times: readonly number[]): LatencyHistogram => {
  const histogram = new LatencyHistogram()
  for (const ms of times) histogram.record(ms)
  return histogram
}
const cells = (histogram: LatencyHistogram) => histogram.cdf()
const anyTimes = fc.array(fc.double({ min: 0, max: 7_200_000, noNaN: true }), { maxLength: 60 })

test('an empty one has no quantile, mean or extreme, and survives its encoding', () => {
  const empty = LatencyHistogram.decode(new LatencyHistogram().encode())
  expect([empty.count, empty.quantile(0.5), empty.mean, empty.min, empty.max]).toEqual([
    0,
    null,
    null,
    null,
    null,
  ])
  expect(empty.cdf()).toEqual([])
})

test('below two milliseconds every microsecond is its own', () => {
  const histogram = of(0.001, 0.002, 1.999)
  expect([histogram.min, histogram.quantile(0.5), histogram.max]).toEqual([0.001, 0.002, 1.999])
})

test('quantiles are by nearest rank', () => {
  const histogram = of(...Array.from({ length: 100 }, (_, i) => (i + 1) / 1000))
  expect(histogram.quantile(0.07)).toBe(0.007)
  expect(histogram.quantile(0.95)).toBe(0.095)
  expect(histogram.quantile(0.951)).toBe(0.096)
})

test('what lies outside is clamped and still counted; NaN is refused', () => {
  const histogram = of(-5, 0, 0.0001, 9e9, Number.POSITIVE_INFINITY)
  expect(histogram.count).toBe(5)
  expect(histogram.min).toBe(0)
  expect(histogram.max).toBeCloseTo(7_200_000, -4)
  expect(() => histogram.record(Number.NaN)).toThrow(RangeError)
})

test('a sample may be recorded many times at once', () => {
  const histogram = new LatencyHistogram()
  histogram.record(10, 5_000_000_000)
  histogram.record(20, 1)
  expect(LatencyHistogram.decode(histogram.encode()).count).toBe(5_000_000_001)
})

test('every value read is within 0.1% of one recorded', () => {
  fc.assert(
    fc.property(
      anyTimes.filter((times) => times.length > 0),
      (times) => {
        const sorted = times.toSorted((a, b) => a - b)
        const histogram = of(...times)
        for (const q of [0.01, 0.5, 0.9, 1]) {
          const exact = sorted[Math.max(1, Math.ceil(q * sorted.length * (1 - 1e-15))) - 1] ?? 0
          expect(Math.abs((histogram.quantile(q) ?? 0) - exact)).toBeLessThanOrEqual(exact * 0.001 + 0.0011)
        }
        const mean = times.reduce((sum, ms) => sum + ms, 0) / times.length
        expect(Math.abs((histogram.mean ?? 0) - mean)).toBeLessThanOrEqual(mean * 0.0006 + 0.001)
      },
    ),
  )
})

test('encoding and decoding change nothing, and a decoded one records on', () => {
  fc.assert(
    fc.property(anyTimes, anyTimes, (times, later) => {
      const decoded = LatencyHistogram.decode(of(...times).encode())
      expect(cells(decoded)).toEqual(cells(of(...times)))
      for (const ms of later) decoded.record(ms)
      expect(cells(decoded)).toEqual(cells(of(...times, ...later)))
    }),
  )
})

test('adding is recording both', () => {
  fc.assert(
    fc.property(anyTimes, anyTimes, (left, right) => {
      const sum = of(...left)
      sum.add(of(...right))
      expect(cells(sum)).toEqual(cells(of(...left, ...right)))
      expect(sum.count).toBe(left.length + right.length)
      expect(sum.encode()).toBe(of(...right, ...left).encode())
    }),
  )
})

test('re-bucketed it is what a server would have counted', () => {
  // Away from the edges by more than the resolution, the buckets are the same to the last sample.
  const times = fc.array(
    fc.constantFrom(0.4, 0.9, 3, 7, 15, 30, 45, 90, 170, 333, 620, 1_700, 4_000, 100_000, 3_000_000),
  )
  fc.assert(
    fc.property(times, (samples) => {
      const server = bucketSamples(
        samples.map((ms) => ms / 1000),
        FIRST_TOKEN_EDGES,
      )
      const client = of(...samples).rebucket(FIRST_TOKEN_EDGES)
      expect(client.counts).toEqual(server.counts)
      expect(client.count).toBe(server.count)
      expect(client.sum).toBeCloseTo(server.sum, -2)
    }),
  )
})

test('a sample on an edge is below it, as in Prometheus', () => {
  const edges = FIRST_TOKEN_EDGES.filter((edge) => edge <= 2)
  expect(of(...edges.map((edge) => edge * 1000)).rebucket(edges).counts).toEqual([...edges.map(() => 1), 0])
})

test('what is no histogram is refused', () => {
  expect(() => LatencyHistogram.decode('bm8gaGlzdG9ncmFt')).toThrow('not an HdrHistogram')
})
