import fc from 'fast-check'
import { expect, test } from 'vitest'
import { gpuStep, quarterSlice, uncutCard } from '../testing/gpu.ts'
import { ManualClock } from '../testing/manual-clock.ts'
import { wattsOf } from './card.ts'
import { Sampler } from './sampler.ts'

function setUp(slice = quarterSlice, intervalMs = 1000) {
  const clock = new ManualClock()
  const sampler = new Sampler({ slice, clock, intervalMs, bootEnergyMj: 1_000_000 })
  return { clock, sampler }
}

const idle = { engine: 0, dram: 0, tensor: 0 }

test('before anything happened the card is idle', () => {
  const { sampler } = setUp()
  expect(sampler.read()).toEqual({
    slice: idle,
    card: idle,
    watts: 50,
    energyMj: 1_000_000,
    gpuCelsius: 32,
    memoryCelsius: 33,
  })
})

test('a sample covers the interval that ended 0.3 s before it, and stands until the next', () => {
  const { clock, sampler } = setUp()
  clock.advance(900)
  // The first sample, at 1000, covers -300 to 700 and so 200 ms of this step. The second sample covers the other 200 ms.
  sampler.step(gpuStep(500, 900, { gpuMs: 300, readBytes: 150_000, writtenBytes: 50_000, flops: 1_600_000 }))
  clock.advance(99)
  expect(sampler.read().slice).toEqual(idle)
  clock.advance(1)
  expect(sampler.read().slice).toEqual({ engine: 0.15, dram: 0.1, tensor: 0.1 })
  clock.advance(999)
  expect(sampler.read().slice).toEqual({ engine: 0.15, dram: 0.1, tensor: 0.1 })
  clock.advance(1)
  expect(sampler.read().slice).toEqual({ engine: 0.15, dram: 0.1, tensor: 0.1 })
  clock.advance(1000)
  expect(sampler.read().slice).toEqual(idle)
})

test('on the whole card a slice counts by its share', () => {
  const { clock, sampler } = setUp()
  sampler.step(gpuStep(0, 700, { gpuMs: 500, readBytes: 400_000, flops: 2_400_000 }))
  clock.advance(1000)
  expect(sampler.read().slice).toEqual({ engine: 0.5, dram: 0.4, tensor: 0.3 })
  expect(sampler.read().card).toEqual({ engine: 0.125, dram: 0.1, tensor: 0.075 })
})

test('power lies between idle and limit, which a card at its peaks draws', () => {
  expect(wattsOf(uncutCard, idle)).toBe(50)
  expect(wattsOf(uncutCard, { engine: 1, dram: 0.69, tensor: 0.93 })).toBe(400)
  expect(wattsOf(uncutCard, { engine: 1, dram: 0, tensor: 0 })).toBe(137.5)
})

test('energy is the sum of power over time, however rarely it is read', () => {
  const { clock, sampler } = setUp()
  const often = setUp()
  sampler.step(gpuStep(700, 1700, { readBytes: 500_000 }))
  often.sampler.step(gpuStep(700, 1700, { readBytes: 500_000 }))
  const watts = wattsOf(quarterSlice, { engine: 0.25, dram: 0.125, tensor: 0 })
  clock.advance(10_000)
  for (let second = 0; second < 10; second++) {
    often.clock.advance(1000)
    often.sampler.read()
  }
  expect(sampler.read().energyMj).toBe(Math.floor(1_000_000 + 9 * 50_000 + watts * 1000))
  expect(often.sampler.read()).toEqual(sampler.read())
})

test('temperature follows power with its delay', () => {
  const { clock, sampler } = setUp(uncutCard)
  for (let second = 0; second < 600; second++) {
    clock.advance(1000)
    sampler.step(gpuStep(second * 1000, (second + 1) * 1000, { readBytes: 4e6, flops: 32e6 }))
    if (second === 30) expect(sampler.read().gpuCelsius).toBeCloseTo(32 + 28 * (1 - Math.exp(-29.7 / 30)), 0)
  }
  expect(sampler.read().watts).toBe(400)
  expect(sampler.read().gpuCelsius).toBeCloseTo(60, 3)
  expect(sampler.read().memoryCelsius).toBeCloseTo(68, 3)
  clock.advance(600_000)
  expect(sampler.read().gpuCelsius).toBeCloseTo(32, 3)
})

test('energy never falls and shares stay within 0 and 1', () => {
  const event = fc.record({
    wait: fc.nat(5000),
    length: fc.nat(5000),
    gpuShare: fc.double({ min: 0, max: 1, noNaN: true }),
    readBytes: fc.nat(20_000_000),
    flops: fc.nat(100_000_000),
    read: fc.boolean(),
  })
  fc.assert(
    fc.property(fc.array(event), fc.integer({ min: 100, max: 3000 }), (events, intervalMs) => {
      const { clock, sampler } = setUp(quarterSlice, intervalMs)
      let energyMj = 0
      for (const { wait, length, gpuShare, readBytes, flops, read } of events) {
        clock.advance(wait)
        const startMs = clock.now()
        clock.advance(length)
        sampler.step(gpuStep(startMs, clock.now(), { gpuMs: length * gpuShare, readBytes, flops }))
        if (!read) continue
        const sample = sampler.read()
        expect(sample.energyMj).toBeGreaterThanOrEqual(energyMj)
        energyMj = sample.energyMj
        for (const { engine, dram, tensor } of [sample.slice, sample.card])
          for (const share of [engine, dram, tensor]) {
            expect(share).toBeGreaterThanOrEqual(0)
            expect(share).toBeLessThanOrEqual(1)
          }
        expect(sample.watts).toBeGreaterThanOrEqual(50)
        expect(sample.watts).toBeLessThanOrEqual(400)
      }
    }),
  )
})
