import { expect, test } from 'vitest'
import type { StepRecord } from './engine.ts'
import { Scheduler, type SchedulerConfig } from './scheduler.ts'
import { SimulatedSequence, type TraceItem } from './simulated-sequence.ts'

/** A scheduler of which every step takes 10 ms. */
function setUp(config: Partial<SchedulerConfig> = {}) {
  const cost = () => ({ ms: 10, gpuMs: 10, readBytes: 0, writtenBytes: 0, flops: 0 })
  const limits = { maxNumSeqs: 8, maxNumBatchedTokens: 64, blockTokens: 4, blocks: 100, prefixCaching: true }
  const scheduler = new Scheduler({ ...limits, cost, ...config })
  let now = 0
  let index = 0
  const sequence = (promptTokens: number, outputTokens: number, more: Partial<TraceItem> = {}) =>
    new SimulatedSequence({ arrivalMs: now, promptTokens, outputTokens, ...more }, index++)
  const add = (...sequences: SimulatedSequence[]) => {
    for (const one of sequences) scheduler.submit(one, now)
    return sequences
  }
  const step = (): StepRecord => {
    now = scheduler.begin(now) ?? now
    return scheduler.end(now)
  }
  const drain = () => {
    while (scheduler.dueMs !== undefined) step()
  }
  return { scheduler, sequence, add, step, drain }
}

/** A prefix of `tokens` tokens with which every sequence of this id begins. */
const shared = (tokens: number, id = 'shared') => ({ prefix: { id, tokens } })

test('a prompt is read in chunks of the budget; the last chunk brings the first token', () => {
  const { sequence, add, step, drain } = setUp()
  const one = sequence(150, 3)
  add(one)
  const steps = [step(), step(), step(), step()]
  expect(
    steps.map(({ work, producedTokens }) => [work.prefillTokens, work.decodeTokens, producedTokens]),
  ).toEqual([
    [64, 0, 0],
    [64, 0, 0],
    [22, 0, 1],
    [0, 1, 1],
  ])
  expect(steps.map(({ completedPromptTokens }) => completedPromptTokens)).toEqual([0, 0, 150, 0])
  expect(steps.map(({ work }) => work.contextTokens)).toEqual([64, 128, 150, 151])
  // Every token attends to itself and all before it: 1 + 2 + … + 151 over the four steps.
  expect(steps.reduce((sum, { work }) => sum + work.attentionPairs, 0)).toBe((151 * 152) / 2)
  drain()
  expect(one).toMatchObject({ scheduledMs: 0, firstTokenMs: 30, lastTokenMs: 50, tokens: 3 })
})

test('running sequences come first, what is left of the budget goes to waiting ones in their order', () => {
  const { scheduler, sequence, add, step } = setUp()
  const [a, b, c] = [sequence(10, 9), sequence(70, 9), sequence(5, 9)]
  add(a)
  step()
  add(b, c)
  expect(step().work).toMatchObject({ sequences: 2, prefillTokens: 63, decodeTokens: 1 })
  expect(scheduler.load()).toMatchObject({ running: 2, waiting: 1, queuedPromptTokens: 75 })
  expect(step().work).toMatchObject({ sequences: 3, prefillTokens: 7 + 5, decodeTokens: 1 })
  expect([a.tokens, b.tokens, c.tokens]).toEqual([3, 1, 1])
})

test('no more than max_num_seqs run, and nobody overtakes one that does not fit', () => {
  const { scheduler, sequence, add, step } = setUp({ blocks: 10, maxNumSeqs: 2 })
  const [a, big, small] = [sequence(20, 4), sequence(30, 4), sequence(2, 1)]
  add(a, big, small)
  step()
  expect(scheduler.load()).toMatchObject({ running: 1, waiting: 2, cacheUsage: 0.5 })
  expect(small.scheduledMs).toBeUndefined()
  for (let i = 0; i < 3; i++) step()
  expect(a.done).toBe(true)
  step()
  expect(scheduler.load()).toMatchObject({ running: 1, waiting: 0 })
  expect([big.scheduledMs, small.scheduledMs]).toEqual([40, 40])
})

test('the last to start is preempted first, loses nothing, and goes on before those that wait', () => {
  const { scheduler, sequence, add, step, drain } = setUp({ blocks: 9, prefixCaching: false })
  const [a, b, c] = [sequence(12, 12), sequence(12, 12), sequence(8, 12)]
  add(a, b, c)
  step()
  expect(scheduler.load()).toMatchObject({ running: 3 })
  while (c.preemptions === 0) step()
  expect([a.preemptions, b.preemptions]).toEqual([0, 0])
  const tokens = c.tokens
  expect(tokens).toBeGreaterThan(0)
  const late = sequence(4, 1)
  add(late)
  while (!a.done) step()
  expect(c.tokens).toBe(tokens)
  while (late.scheduledMs === undefined) step()
  expect(c.tokens).toBeGreaterThan(tokens)
  drain()
  expect([a, b, c, late].map(({ tokens: count }) => count)).toEqual([12, 12, 12, 1])
  expect(c.scheduledMs).toBe(0)
  expect(scheduler.load()).toEqual({ running: 0, waiting: 0, queuedPromptTokens: 0, cacheUsage: 0 })
})

test('what a preempted sequence had computed is read again, in one piece with its output', () => {
  const { sequence, add, step } = setUp({ blocks: 4, prefixCaching: false })
  const [a, b] = [sequence(7, 10), sequence(7, 4)]
  add(a, b)
  const works = []
  while (!b.done) works.push(step().work)
  // Both need a third block for their ninth token. None is free, so b is preempted until a has finished.
  expect(works.slice(0, 3)).toMatchObject([
    { sequences: 2 },
    { sequences: 2 },
    { sequences: 1, decodeTokens: 1 },
  ])
  expect(b.preemptions).toBe(1)
  expect(works.at(-2)).toMatchObject({ sequences: 1, prefillTokens: 9, decodeTokens: 0 })
})

test('a prompt that was read before costs its last block only; another salt shares nothing', () => {
  const { sequence, add, drain } = setUp()
  const prompts = [sequence(16, 1, shared(16)), sequence(16, 1, shared(16)), sequence(18, 1, shared(18))]
  const salted = sequence(16, 1, { ...shared(16), cacheSalt: 'someone' })
  for (const one of [...prompts, salted]) {
    add(one)
    drain()
  }
  // Of 16 tokens only three blocks of 4 are cached: the last token must be computed to give the first output token.
  expect(prompts.map(({ cachedTokens }) => cachedTokens)).toEqual([0, 12, 16])
  expect(salted.cachedTokens).toBe(0)
})

test('sequences share what is being computed in the same step', () => {
  const { scheduler, sequence, add, step } = setUp({ blocks: 8 })
  const [a, b] = [sequence(18, 1, shared(18)), sequence(18, 1, shared(18))]
  add(a, b)
  scheduler.begin(0)
  expect([a.cachedTokens, b.cachedTokens]).toEqual([0, 16])
  // Five blocks for the first, one for the other.
  expect(scheduler.load().cacheUsage).toBe(6 / 8)
  scheduler.end(10)
  expect(() => step()).toThrow('no step has begun')
})

test('without prefix caching nothing is shared', () => {
  const { sequence, add, drain } = setUp({ prefixCaching: false })
  const prompts = [sequence(16, 1, shared(16)), sequence(16, 1, shared(16))]
  for (const one of prompts) {
    add(one)
    drain()
  }
  expect(prompts.map(({ cachedTokens }) => cachedTokens)).toEqual([0, 0])
})

test('the next turn of a conversation finds the answer of the one before', () => {
  const { sequence, add, drain } = setUp()
  const first = sequence(10, 15, shared(25))
  const second = sequence(40, 5, shared(25))
  add(first)
  drain()
  add(second)
  drain()
  // 24 tokens are six full blocks. The last token of an answer is never computed.
  expect(second.cachedTokens).toBe(24)
})

test('what was used longest ago is forgotten first, and of a sequence its end', () => {
  const { sequence, add, drain } = setUp({ blocks: 10 })
  const read = (id: string, tokens: number) => {
    const one = sequence(tokens, 1, shared(tokens, id))
    add(one)
    drain()
    return one.cachedTokens
  }
  expect([read('a', 17), read('b', 17)]).toEqual([0, 0])
  // The 4 full blocks each of a and b stay and 2 blocks are unused; c takes those 2, and the two at the end of a.
  read('c', 15)
  expect([read('b', 17), read('a', 17)]).toEqual([16, 8])
})

test('an abort frees blocks and place at once, wherever the sequence is', () => {
  const { scheduler, sequence, add, step, drain } = setUp({ maxNumSeqs: 1 })
  const [a, b, c] = [sequence(16, 50), sequence(16, 50), sequence(8, 2)]
  add(a, b, c)
  step()
  scheduler.abort(b)
  expect(scheduler.load()).toMatchObject({ running: 1, waiting: 1, queuedPromptTokens: 8 })
  scheduler.begin(10)
  scheduler.abort(a)
  expect(scheduler.load()).toMatchObject({ running: 0, waiting: 1, cacheUsage: 0 })
  expect(scheduler.end(20).producedTokens).toBe(0)
  scheduler.abort(a)
  drain()
  expect([a.tokens, b.tokens, c.tokens]).toEqual([1, 0, 2])
})

test('a sequence may abort itself, a neighbour, and submit another from within its callback', () => {
  const { scheduler, sequence, add, step, drain } = setUp()
  const [other, late] = [sequence(4, 5), sequence(4, 2)]
  const self = new (class extends SimulatedSequence {
    override produce(count: number, atMs: number): void {
      super.produce(count, atMs)
      scheduler.abort(this)
      scheduler.abort(other)
      scheduler.submit(late, atMs)
    }
  })({ arrivalMs: 0, promptTokens: 4, outputTokens: 5 }, 9)
  add(self, other)
  expect(step().producedTokens).toBe(1)
  expect(scheduler.load()).toMatchObject({ running: 0, waiting: 1, cacheUsage: 0 })
  drain()
  expect([self.tokens, other.tokens, late.tokens]).toEqual([1, 0, 2])
})

test('a sequence that could never be finished is refused; one that just fits is not', () => {
  const { sequence, add, drain } = setUp({ blocks: 5 })
  expect(() => add(sequence(12, 10))).toThrow(RangeError)
  const [fits] = add(sequence(12, 9))
  drain()
  expect(fits?.tokens).toBe(9)
})
