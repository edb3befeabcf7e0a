import fc from 'fast-check'
import { expect, test } from 'vitest'
import { gpuStep } from '../testing/gpu.ts'
import { Activity } from './activity.ts'

const boundless = { bandwidth: Infinity, flops: Infinity }

test('a step within a window counts for it alone', () => {
  const activity = new Activity(0, 100, boundless)
  activity.add(gpuStep(110, 130, { gpuMs: 15, readBytes: 900, writtenBytes: 100, flops: 7 }))
  expect(activity.take(1)).toEqual({ gpuMs: 0, bytes: 0, flops: 0 })
  expect(activity.take(2)).toEqual({ gpuMs: 15, bytes: 1000, flops: 7 })
})

test('a step over edges is split in proportion to its time', () => {
  const activity = new Activity(-300, 1000, boundless)
  // Windows end at 700, 1700 and 2700.
  activity.add(gpuStep(600, 2200, { gpuMs: 800, readBytes: 1600, flops: 160 }))
  expect(activity.take(1)).toEqual({ gpuMs: 50, bytes: 100, flops: 10 })
  expect(activity.take(2)).toEqual({ gpuMs: 500, bytes: 1000, flops: 100 })
  expect(activity.take(3)).toEqual({ gpuMs: 250, bytes: 500, flops: 50 })
})

test('a window is from its beginning, included, to its end, not included', () => {
  const activity = new Activity(0, 100, boundless)
  activity.add(gpuStep(100, 200))
  expect([1, 2, 3].map((window) => activity.take(window).gpuMs)).toEqual([0, 100, 0])
})

test('what a window cannot hold counts for the next', () => {
  const activity = new Activity(0, 100, { bandwidth: 5000, flops: 70 })
  activity.take(1)
  activity.add(gpuStep(50, 200, { readBytes: 900, flops: 9 }))
  expect(activity.take(2)).toEqual({ gpuMs: 100, bytes: 500, flops: 7 })
  expect(activity.take(3)).toEqual({ gpuMs: 50, bytes: 400, flops: 2 })
  expect(activity.take(4)).toEqual({ gpuMs: 0, bytes: 0, flops: 0 })
})

test('what comes late counts for the next window', () => {
  const activity = new Activity(0, 100, boundless)
  activity.take(1)
  activity.add(gpuStep(50, 150, { readBytes: 200 }))
  expect(activity.take(2)).toEqual({ gpuMs: 100, bytes: 200, flops: 0 })
})

test('nothing gets lost, whatever the steps and whenever windows are taken', () => {
  const steps = fc.array(
    fc.record({ wait: fc.nat(300), length: fc.nat(700), bytes: fc.nat(1000), take: fc.nat(3) }),
  )
  fc.assert(
    fc.property(steps, (steps) => {
      const activity = new Activity(0, 100, { bandwidth: 30_000, flops: 1 })
      let now = 0
      let window = 0
      let taken = 0
      let given = 0
      for (const { wait, length, bytes, take } of steps) {
        activity.add(gpuStep(now + wait, now + wait + length, { readBytes: bytes }))
        now += wait + length
        given += bytes
        for (let times = 0; times < take; times++) taken += activity.take(++window).bytes
      }
      while (window * 100 <= now + 10_000) taken += activity.take(++window).bytes
      expect(taken).toBeCloseTo(given, 5)
    }),
  )
})
