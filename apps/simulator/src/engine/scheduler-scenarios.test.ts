import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Scheduler } from './scheduler.ts'
import { SimulatedSequence, type TraceItem } from './simulated-sequence.ts'

// A sequence needs at most 29 tokens of cache: one fits into any of the caches, few fit together into the smallest.
const config = fc
  .record({
    maxNumSeqs: fc.integer({ min: 1, max: 6 }),
    maxNumBatchedTokens: fc.integer({ min: 1, max: 60 }),
    blockTokens: fc.constantFrom(1, 4, 16),
    cacheTokens: fc.integer({ min: 29, max: 70 }),
    prefixCaching: fc.boolean(),
  })
  .map(({ cacheTokens, ...rest }) => ({ ...rest, blocks: Math.ceil(cacheTokens / rest.blockTokens) }))

const item = fc.record(
  {
    arrivalMs: fc.nat(30),
    promptTokens: fc.integer({ min: 1, max: 18 }),
    outputTokens: fc.integer({ min: 1, max: 12 }),
    prefix: fc.record({ id: fc.constantFrom('a', 'b'), tokens: fc.nat(24) }),
    cacheSalt: fc.constantFrom('', 'salt'),
    abortMs: fc.nat(80),
  },
  { requiredKeys: ['arrivalMs', 'promptTokens', 'outputTokens'] },
)

/** A sequence that checks every callback. */
class Witness extends SimulatedSequence {
  declare private readonly brand: never
  readonly index: number
  readonly order: number[]
  readonly onToken: (witness: Witness) => void
  running = false

  constructor(one: TraceItem, index: number, order: number[], onToken: (witness: Witness) => void) {
    super(one, index)
    this.index = index
    this.order = order
    this.onToken = onToken
  }

  override scheduled(atMs: number, cachedTokens: number): void {
    if (this.scheduledMs !== undefined) throw new Error('scheduled twice')
    if (atMs < this.arrivalMs) throw new Error('scheduled before it came')
    if (cachedTokens >= this.promptTokens) throw new Error('no token of the prompt left to compute')
    super.scheduled(atMs, cachedTokens)
    this.order.push(this.index)
  }

  override produce(count: number, atMs: number): void {
    if (this.aborted) throw new Error('a token for one that left')
    super.produce(count, atMs)
    if (this.tokens > this.outputTokens) throw new Error('more tokens than asked for')
    this.onToken(this)
  }
}

test('whatever comes and goes: tokens, blocks and sequences are conserved, limits hold, first come is first served', () => {
  let preemptions = 0
  let hits = 0
  fc.assert(
    fc.property(
      config,
      fc.array(item, { minLength: 1, maxLength: 25, size: 'max' }),
      // Aborts from within callbacks: at the `token`-th token of all sequences together, sequence `victim` is aborted.
      fc.array(fc.record({ token: fc.nat(60), victim: fc.nat(24) }), { maxLength: 4 }),
      (limits, items, strikes) => {
        const cost = () => ({ ms: 1, gpuMs: 1, readBytes: 0, writtenBytes: 0, flops: 0 })
        const scheduler = new Scheduler({ ...limits, cost })
        const order: number[] = []
        let told = 0
        const abort = (witness: Witness | undefined) => {
          if (witness === undefined || witness.done) return
          witness.aborted = true
          scheduler.abort(witness)
        }
        const onToken = () => {
          for (const { token, victim } of strikes) if (token === told) abort(witnesses[victim])
          told++
        }
        const witnesses = items.map((one, index) => new Witness(one, index, order, onToken))
        const queue = [...witnesses].sort((a, b) => a.arrivalMs - b.arrivalMs || a.index - b.index)
        for (const one of queue) scheduler.submit(one, one.arrivalMs)

        let counted = 0
        let now = 0
        while (scheduler.dueMs !== undefined) {
          if (now > 10_000) throw new Error('it does not come to an end')
          now = Math.max(now, scheduler.dueMs)
          for (const one of witnesses) if ((items[one.index]?.abortMs ?? Infinity) <= now) abort(one)
          if (scheduler.begin(now) === undefined) continue
          const { running, waiting, cacheUsage } = scheduler.load()
          expect(running).toBeLessThanOrEqual(limits.maxNumSeqs)
          expect(running + waiting).toBe(witnesses.filter((one) => !one.done && !one.aborted).length)
          expect(cacheUsage).toBeGreaterThan(0)
          expect(cacheUsage).toBeLessThanOrEqual(1)
          now += 0.5
          for (const one of witnesses) if ((items[one.index]?.abortMs ?? Infinity) <= now) abort(one)
          now += 0.5
          const { work, producedTokens } = scheduler.end(now)
          expect(work.prefillTokens + work.decodeTokens).toBeLessThanOrEqual(limits.maxNumBatchedTokens)
          counted += producedTokens
        }

        expect(scheduler.load()).toEqual({ running: 0, waiting: 0, queuedPromptTokens: 0, cacheUsage: 0 })
        expect(counted).toBe(witnesses.reduce((sum, { tokens }) => sum + tokens, 0))
        for (const one of witnesses) {
          if (!one.aborted) expect(one.tokens).toBe(one.outputTokens)
          preemptions += one.preemptions
          hits += one.cachedTokens
        }
        expect(order).toEqual(queue.filter((one) => order.includes(one.index)).map(({ index }) => index))
      },
    ),
    { numRuns: 1000 },
  )
  // The scenarios cover preemptions and cache hits.
  expect(preemptions).toBeGreaterThan(100)
  expect(hits).toBeGreaterThan(100)
})
