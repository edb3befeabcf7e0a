import fc from 'fast-check'
import { expect, test } from 'vitest'
import { search } from './search.ts'

const base = { from: 1, to: 1000, growth: 2, precision: 0.05, whole: true }

/** Searches a server that meets the SLO up to a load. @returns the loads that were tried, and the result */
async function searched(limit: number, options = base) {
  const tried: number[] = []
  const bracket = await search(options, (load) => {
    tried.push(load)
    return Promise.resolve(load <= limit)
  })
  return { tried, bracket }
}

test('upwards in steps, then between the last two', async () => {
  const { tried, bracket } = await searched(21)
  expect(tried.slice(0, 6)).toEqual([1, 2, 4, 8, 16, 32])
  expect(bracket).toEqual({ met: 21, missed: 22 })
})

test('whatever the limit, it lies between the two that are found, as near as was asked', async () => {
  await fc.assert(
    fc.asyncProperty(fc.double({ min: 1, max: 999, noNaN: true }), fc.boolean(), async (limit, whole) => {
      const { bracket, tried } = await searched(limit, { ...base, whole })
      const { met = 0, missed = 0 } = bracket
      expect(met).toBeLessThanOrEqual(limit)
      expect(missed).toBeGreaterThan(limit)
      if (whole) expect(missed <= met * 1.05 || missed === met + 1).toBe(true)
      else expect(missed).toBeLessThanOrEqual(met * 1.0501)
      expect(new Set(tried).size).toBe(tried.length)
    }),
  )
})

test('a first load that misses, and a last one that meets, are the whole answer', async () => {
  expect((await searched(0)).bracket).toEqual({ met: undefined, missed: 1 })
  const { bracket, tried } = await searched(5000)
  expect(bracket).toEqual({ met: 1000, missed: undefined })
  expect(tried.at(-1)).toBe(1000)
})

test('an interruption ends it with what is known', async () => {
  const bracket = await search(base, (load) => Promise.resolve(load === 4 ? undefined : true))
  expect(bracket).toEqual({ met: 2, missed: undefined })
})
