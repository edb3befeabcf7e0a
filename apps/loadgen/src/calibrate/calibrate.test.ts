import { startStack } from '@slicechat/api/testing'
import { expect, test } from 'vitest'
import { calibrate, type Calibration } from './calibrate.ts'
import { errorQuantiles } from './error-quantiles.ts'
import { calibrationTable, complaintsOf } from './verdict.ts'

test('every round after the warm-up is measured, straight and through the API, whose own share is known', async () => {
  const timing = { ttftMs: 30, itlMs: 5 }
  await using stack = await startStack({ simulator: timing })
  const load = { timing, streams: 4, answerTokens: 20, rounds: 3 }
  const straight = await calibrate({
    ...{ ...load, starts: 'simultaneous' },
    target: { url: `openai:${stack.simulator.url}` },
  })
  expect(straight).toMatchObject({ failed: 0, apiAddedMs: null, offeredTokensPerSecond: 800 })
  expect(straight.requests).toBeGreaterThanOrEqual(4)
  expect(straight.ttftErrorMs.p50).toBeGreaterThan(-1)
  const through = await calibrate({ ...load, starts: 'spread', target: { url: stack.api.url } })
  expect(through).toMatchObject({ failed: 0 })
  expect(through.apiAddedMs?.p50).toBeGreaterThan(-1)
  expect(calibrationTable([straight, through]).split('\n').length).toBeGreaterThanOrEqual(3)
})

const good: Calibration = {
  ...{ streams: 200, starts: 'spread', offeredTokensPerSecond: 20_000, requests: 800, failed: 0 },
  ttftErrorMs: { p50: 1, p99: 5, max: 9 },
  apiAddedMs: null,
  interTokenErrorMs: { p50: 0, p99: 0, max: 0 },
  gapErrorMs: { p50: 0, p99: 1 },
  startDelayP99Ms: 0.1,
  self: {
    eventLoopDelayMs: { p50: 0, p99: 1, max: 5 },
    gc: { count: 0, totalMs: 0, maxMs: 0 },
    ...{ cpuSeconds: 1, cores: 0.5, peakRssBytes: 1, saturated: false, why: [] },
  },
}

test('beyond its ability it says so', () => {
  expect(complaintsOf(good)).toEqual([])
  const late = { ...good, self: { ...good.self, saturated: true, why: ['The event loop was late.'] } }
  expect(complaintsOf(late)).toEqual(['Client saturated: The event loop was late.'])
  expect(calibrationTable([late])).toMatch(/client saturated/)
  expect(complaintsOf({ ...good, ttftErrorMs: { p50: -3, p99: 12, max: 12 }, failed: 1 })).toEqual([
    '1 of 800 requests failed.',
    'TTFT is off by -3.0 ms at p50 (target 2 ms).',
    'TTFT is off by 12.0 ms at p99 (target 10 ms).',
  ])
})

test('early is as wrong as late', () => {
  expect(errorQuantiles([-9, 1, 2])).toEqual({ p50: 1, p99: 9, max: 9 })
})
