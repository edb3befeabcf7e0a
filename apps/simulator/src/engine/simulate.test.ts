import { expect, test } from 'vitest'
import { simulate } from './simulate.ts'
import type { TraceItem } from './simulated-sequence.ts'

const constant = (ms: number) => () => ({ ms, gpuMs: ms / 2, readBytes: 3, writtenBytes: 2, flops: 1 })
const config = {
  maxNumSeqs: 4,
  maxNumBatchedTokens: 100,
  blockTokens: 16,
  blocks: 100,
  prefixCaching: true,
  cost: constant(10),
}

test('what arrives during a step takes part in the next one; after a rest a step begins at once', () => {
  const trace = [
    { arrivalMs: 3, promptTokens: 5, outputTokens: 2 },
    { arrivalMs: 4, promptTokens: 5, outputTokens: 1 },
    { arrivalMs: 100, promptTokens: 5, outputTokens: 1 },
  ]
  const { requests, ...sums } = simulate(trace, config)
  expect(requests).toMatchObject([
    { arrivalMs: 3, scheduledMs: 3, firstTokenMs: 13, lastTokenMs: 23, tokens: 2 },
    { arrivalMs: 4, scheduledMs: 13, firstTokenMs: 23, lastTokenMs: 23, tokens: 1 },
    { arrivalMs: 100, scheduledMs: 100, firstTokenMs: 110, lastTokenMs: 110, tokens: 1 },
  ])
  expect(sums).toEqual({
    steps: 3,
    endMs: 110,
    busyMs: 30,
    gpuMs: 15,
    prefillTokens: 15,
    decodeTokens: 1,
    producedTokens: 4,
    readBytes: 9,
    writtenBytes: 6,
    flops: 3,
  })
})

test('results are in the order of the trace, whatever the order of the arrivals', () => {
  const at = (arrivalMs: number) => ({ arrivalMs, promptTokens: 5, outputTokens: 1 })
  const { requests } = simulate([at(50), at(0), at(20)], config)
  expect(requests.map(({ firstTokenMs }) => firstTokenMs)).toEqual([60, 10, 30])
})

test('one that leaves while it waits, while it runs, and too late', () => {
  const item = { arrivalMs: 0, promptTokens: 5, outputTokens: 3 }
  const leaving = [
    { ...item, abortMs: 15 },
    { ...item, arrivalMs: 12, abortMs: 17 },
    { ...item, abortMs: 900 },
  ]
  const { requests, endMs } = simulate([...leaving, { ...item, arrivalMs: 14 }], { ...config, maxNumSeqs: 2 })
  expect(requests).toMatchObject([
    { tokens: 1, aborted: true, lastTokenMs: 10 },
    { tokens: 0, aborted: true, scheduledMs: undefined, firstTokenMs: undefined },
    { tokens: 3, aborted: false, lastTokenMs: 30 },
    { tokens: 3, aborted: false, scheduledMs: 20, lastTokenMs: 50 },
  ])
  expect(endMs).toBe(50)
})

test('an empty trace takes no time', () => {
  expect(simulate([], config)).toMatchObject({ requests: [], steps: 0, endMs: 0 })
})

/** A reproducible random generator, uniform on (0, 1]. */
function chance(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let bits = Math.imul(state ^ (state >>> 15), state | 1)
    bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61)
    return (((bits ^ (bits >>> 14)) >>> 0) + 1) / 2 ** 32
  }
}

// Poisson arrivals, constant service time, one server: by Pollaczek and Khinchine the mean wait is ρS / 2(1 − ρ).
test.each([
  { load: 0.5, outputTokens: 1 },
  { load: 0.7, outputTokens: 1 },
  { load: 0.8, outputTokens: 5 },
])('a queue of Poisson arrivals waits as theory says at load $load', ({ load, outputTokens }) => {
  const serviceMs = 10 * outputTokens
  const random = chance(42)
  let arrivalMs = 0
  const trace: TraceItem[] = Array.from({ length: 100_000 }, () => {
    arrivalMs += (-Math.log(random()) * serviceMs) / load
    return { arrivalMs, promptTokens: 3, outputTokens }
  })
  const { requests } = simulate(trace, { ...config, maxNumSeqs: 1 })
  const waits = requests.map((request) => (request.scheduledMs ?? NaN) - request.arrivalMs)
  const mean = waits.reduce((sum, wait) => sum + wait, 0) / waits.length
  const expected = (load * serviceMs) / (2 * (1 - load))
  expect(Math.abs(mean - expected) / expected, `${mean} against ${expected}`).toBeLessThan(0.1)
})
