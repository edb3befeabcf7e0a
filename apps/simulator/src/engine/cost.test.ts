import { expect, test } from 'vitest'
import type { Preset } from './preset.ts'
import { kvBytesPerToken, rooflineOf } from './cost.ts'
import { simulate } from './simulate.ts'
import type { TraceItem } from './simulated-sequence.ts'

/** A 2g.10gb slice of an A800 with Qwen2.5-3B in bf16, with published figures; the efficiencies are round numbers. */
const preset: Preset = {
  slice: {
    name: 'a800-40gb:2g.10gb',
    card: 'NVIDIA A800-SXM4-40GB',
    profile: '2g.10gb',
    memoryBytes: 9856 * 2 ** 20,
    bandwidth: 389e9,
    flops: 89e12,
    whole: { bandwidth: 1555e9, flops: 312e12, memoryBytes: 40960 * 2 ** 20, idleWatts: 50, limitWatts: 400 },
  },
  model: {
    name: 'qwen2.5-3b-instruct',
    parameters: 3_085_938_688,
    bytesPerNumber: 2,
    layers: 36,
    heads: 16,
    kvHeads: 2,
    headSize: 128,
    hiddenSize: 2048,
    intermediateSize: 11008,
    vocabulary: 151_936,
    maxModelLen: 32768,
  },
  efficiency: { bandwidth: 0.75, flops: 0.6, stepOverheadMs: 0.8, sequenceOverheadMs: 0.01 },
}

const { slice, model, efficiency } = preset
const weights = model.parameters * model.bytesPerNumber
const tokenBytes = 36_864
const bytesPerMs = (slice.bandwidth * efficiency.bandwidth) / 1000
const flopsPerMs = (slice.flops * efficiency.flops) / 1000
const overheadMs = (sequences: number) =>
  efficiency.stepOverheadMs + sequences * efficiency.sequenceOverheadMs

const config = {
  maxNumSeqs: 256,
  maxNumBatchedTokens: 2048,
  blockTokens: 16,
  blocks: 4000,
  prefixCaching: true,
  cost: rooflineOf(preset),
}

const run = (trace: readonly TraceItem[], more: Partial<typeof config> = {}) =>
  simulate(trace, { ...config, ...more })

const crowd = (count: number, promptTokens: number, outputTokens: number): TraceItem[] =>
  Array.from({ length: count }, () => ({ arrivalMs: 0, promptTokens, outputTokens }))

function expectWithin(percent: number, actual: number, expected: number): void {
  expect(Math.abs(actual - expected) / expected, `${actual} against ${expected}`).toBeLessThan(percent / 100)
}

/** Mean inter-token latency of the first request. */
function interTokenMs({ requests }: ReturnType<typeof simulate>): number {
  const { firstTokenMs = NaN, lastTokenMs = NaN, tokens = NaN } = requests[0] ?? {}
  return (lastTokenMs - firstTokenMs) / (tokens - 1)
}

test('one stream: a token takes as long as reading the weights and its context', () => {
  const meanContext = 200 + 300 / 2
  const expected = (weights + tokenBytes * meanContext) / bytesPerMs + overheadMs(1)
  expectWithin(2, interTokenMs(run(crowd(1, 200, 300))), expected)
  // About 22 ms is the documented value for this slice.
  expectWithin(2, expected, 22)
})

test('32 streams share the reading of the weights', () => {
  const simulation = run(crowd(32, 100, 400))
  const meanContext = 100 + 400 / 2
  const stepMs = (weights + 32 * tokenBytes * meanContext) / bytesPerMs + overheadMs(32)
  const { firstTokenMs = NaN, lastTokenMs = NaN } = simulation.requests[31] ?? {}
  const perSecond = (32 * 399) / ((lastTokenMs - firstTokenMs) / 1000)
  expectWithin(2, perSecond, 32_000 / stepMs)
  expect(perSecond).toBeGreaterThan(1000)
})

const prefillMs = (tokens: number, before = 0) => {
  const pairs = tokens * before + (tokens * (tokens + 1)) / 2
  const flops = 2 * model.parameters * tokens + 4 * model.layers * model.heads * model.headSize * pairs
  return flops / flopsPerMs + overheadMs(1)
}

test('a prompt takes as long as its operations, in chunks of the budget if it is longer', () => {
  const ttft = (promptTokens: number) => run(crowd(1, promptTokens, 1)).requests[0]?.firstTokenMs ?? NaN
  expectWithin(2, ttft(500), prefillMs(500))
  const long = run(crowd(1, 4000, 1))
  expect(long.steps).toBe(2)
  expectWithin(2, long.requests[0]?.firstTokenMs ?? NaN, prefillMs(2048) + prefillMs(1952, 2048))
})

test('a short prompt takes no less than the weights take to be read', () => {
  const ttft = run(crowd(1, 20, 1)).requests[0]?.firstTokenMs ?? NaN
  expectWithin(2, ttft, weights / bytesPerMs + overheadMs(1))
})

test('as many sequences run at once as the memory beside the weights holds', () => {
  expect(kvBytesPerToken(model)).toBe(tokenBytes)
  const cacheBytes = slice.memoryBytes * 0.92 - weights
  const blocks = Math.floor(cacheBytes / (tokenBytes * 16))
  let atOnce = 0
  const trace = crowd(200, 900, 100)
  const { requests } = simulate(trace, { ...config, blocks }, ({ work }) => {
    atOnce = Math.max(atOnce, work.decodeTokens)
  })
  expectWithin(2, atOnce, cacheBytes / (tokenBytes * 950))
  expect(requests.every(({ tokens }) => tokens === 100)).toBe(true)
})
