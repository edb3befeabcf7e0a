import { expect, it } from 'vitest'
import { rooflineOf } from '../engine/cost.ts'
import { decodeWork, prefillWork } from '../engine/step-work.ts'
import { checksOf } from './check.ts'
import { model, slice } from '../testing/synthetic-steps.ts'

const efficiency = { bandwidth: 0.7, flops: 0.5, stepOverheadMs: 2, sequenceOverheadMs: 0.1 }
const cost = rooflineOf({ slice, model, efficiency })
const limits = { maxNumBatchedTokens: 2048, cacheTokens: undefined, requestMs: 5 }

it('sets the simulated batch beside the medians of what was measured', () => {
  const sample = {
    name: 'decode 4 × 100',
    promptTokens: [100, 100, 100, 100],
    outputTokens: 24,
    stepMs: 30,
    tokensPerSecond: 133,
    ttftMs: [40, 50, 60, 70],
  }
  const checks = checksOf(
    [sample, { ...sample, stepMs: 34 }, { ...sample, stepMs: 90 }],
    { slice, model, efficiency },
    limits,
  )
  const of = (quantity: string) => checks.find((check) => check.quantity === quantity)
  const step = cost(decodeWork([112, 112, 112, 112])).ms
  expect(of('inter-token latency, ms')?.measured).toBe(34)
  expect(of('inter-token latency, ms')?.predicted).toBeCloseTo(step, 1)
  expect(of('tokens/s, all')?.predicted).toBeCloseTo(4000 / step, 0)
  expect(of('TTFT, median, ms')?.measured).toBe(55)
  // The first prompt is computed alone. The other three, and a token of the first, are in the next step.
  const [first, others] = [prefillWork(100), { ...prefillWork(300), sequences: 4 }]
  const both =
    cost(first).ms +
    cost({ ...others, decodeTokens: 1, contextTokens: 401, attentionPairs: 3 * 5050 + 101 }).ms
  expect(of('TTFT, longest, ms')?.predicted).toBeCloseTo(both + limits.requestMs, 1)
})
