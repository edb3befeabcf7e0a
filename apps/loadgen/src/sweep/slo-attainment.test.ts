import { describe, expect, test } from 'vitest'
import { RandomStream } from '../random/random-stream.ts'
import { sloAttainmentOf } from './slo-attainment.ts'

describe('the interval of the good share', () => {
  test('is Wilson’s where requests are independent', () => {
    // 45 of 50, spread evenly: the textbook's interval is 0.786 to 0.957.
    const good = Array.from({ length: 50 }, (_, index) => index % 10 !== 0)
    const { share, low, high } = sloAttainmentOf(good)
    expect(share).toBe(0.9)
    expect(low).toBeCloseTo(0.786, 3)
    expect(high).toBeCloseTo(0.957, 3)
  })

  test('is not a point where all are good', () => {
    const { low, high } = sloAttainmentOf(new Array<boolean>(100).fill(true))
    expect(high).toBeCloseTo(1, 9)
    expect(low).toBeCloseTo(0.963, 3)
  })

  test('is wider where failures come together', () => {
    const spread = Array.from({ length: 200 }, (_, index) => index % 4 !== 0)
    const together = Array.from({ length: 200 }, (_, index) => index >= 50)
    const width = (good: boolean[]) => sloAttainmentOf(good).high - sloAttainmentOf(good).low
    expect(width(together)).toBeGreaterThan(3 * width(spread))
  })

  test('holds the true share in about 95 of 100 cases', () => {
    const random = new RandomStream('good share')
    let held = 0
    for (let round = 0; round < 1000; round++) {
      const { low, high } = sloAttainmentOf(Array.from({ length: 300 }, () => random.uniform() < 0.9))
      if (low <= 0.9 && 0.9 <= high) held++
    }
    expect(held).toBeGreaterThan(930)
  })

  test('of nothing says nothing', () => {
    expect(sloAttainmentOf([])).toEqual({ requests: 0, share: 0, low: 0, high: 1 })
  })
})
