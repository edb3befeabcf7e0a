import { startStack } from '@slicechat/api/testing'
import { expect, test } from 'vitest'
import { calibrate } from './calibrate.ts'
import { errorQuantiles } from './error-quantiles.ts'

test('every round after the warm-up is measured, straight and through the API, whose own share is known', async () => {
  const timing = { ttftMs: 30, itlMs: 5 }
  await using stack = await startStack({ simulator: timing })
  const load = { timing, streams: 4, answerTokens: 20, rounds: 3 }
  const straight = await calibrate({
    ...load,
    starts: 'simultaneous',
    target: { url: `openai:${stack.simulator.url}` },
  })
  expect(straight).toMatchObject({ failed: 0, serverAddedMs: null, offeredTokensPerSecond: 800 })
  expect(straight.requests).toBeGreaterThanOrEqual(4)
  expect(straight.ttftErrorMs.p50).toBeGreaterThan(-1)
  const through = await calibrate({ ...load, starts: 'spread', target: { url: stack.api.url } })
  expect(through).toMatchObject({ failed: 0 })
  expect(through.serverAddedMs?.p50).toBeGreaterThan(-1)
})

test('early is as wrong as late', () => {
  expect(errorQuantiles([-9, 1, 2])).toEqual({ p50: 1, p99: 9, max: 9 })
})
