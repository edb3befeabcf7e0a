import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ManualClock } from '../testing/manual-clock.ts'
import { BatchingEngine } from './batching-engine.ts'
import type { StepRecord, StepWork } from './engine.ts'
import { simulate } from './simulate.ts'
import { SimulatedSequence, type TraceItem } from './simulated-sequence.ts'

/** A step takes 10 ms plus 0.125 ms per token. These are exact in binary, so that times can be compared exactly. */
const cost = ({ prefillTokens, decodeTokens }: StepWork) => {
  const ms = 10 + (prefillTokens + decodeTokens) / 8
  return { ms, gpuMs: ms, readBytes: 0, writtenBytes: 0, flops: 0 }
}
const config = {
  maxNumSeqs: 4,
  maxNumBatchedTokens: 64,
  blockTokens: 4,
  blocks: 40,
  prefixCaching: true,
  cost,
}

function setUp(more: Partial<typeof config> = {}, clock = new ManualClock()) {
  const steps: StepRecord[] = []
  const late: number[] = []
  const observer = {
    step: (record: StepRecord) => steps.push(record),
    emitted: (count: number, lateMs: number) => {
      for (let i = 0; i < count; i++) late.push(lateMs)
    },
  }
  return { clock, steps, late, engine: new BatchingEngine({ ...config, ...more, clock, observer }) }
}

let recorders = 0

class Recorder extends SimulatedSequence {
  readonly times: number[] = []

  constructor(promptTokens: number, outputTokens: number) {
    super({ arrivalMs: 0, promptTokens, outputTokens }, recorders++)
  }

  override produce(count: number, atMs: number): void {
    super.produce(count, atMs)
    for (let i = 0; i < count; i++) this.times.push(atMs)
  }
}

const NOTHING = { running: 0, waiting: 0, queuedPromptTokens: 0, cacheUsage: 0 }

test('tokens come at the ends of steps, which follow each other without a gap', () => {
  const { clock, engine, steps, late } = setUp()
  const sequence = new Recorder(16, 3)
  engine.submit(sequence, clock.now())
  clock.advance(1000)
  expect(sequence.times).toEqual([12, 22.125, 32.25])
  expect(steps.map(({ startMs, endMs }) => [startMs, endMs])).toEqual([
    [0, 12],
    [12, 22.125],
    [22.125, 32.25],
  ])
  expect(late).toEqual([0, 0, 0])
  expect(engine.load()).toEqual(NOTHING)
})

test('all that arrives at one moment is in one step, and a step after a rest begins when the request came', () => {
  const { clock, engine, steps } = setUp()
  clock.advance(100)
  for (let i = 0; i < 3; i++) engine.submit(new Recorder(8, 1), 98)
  engine.submit(new Recorder(8, 1), 99)
  clock.advance(1000)
  expect(steps.map(({ startMs, endMs, work }) => [startMs, endMs, work.sequences])).toEqual([
    [98, 111, 3],
    [111, 122, 1],
  ])
})

test('a late timer makes tokens come together and shifts none of the later ones', () => {
  const { clock, engine, late, steps } = setUp()
  const sequence = new Recorder(16, 6)
  engine.submit(sequence, clock.now())
  clock.advance(15)
  clock.stall(25)
  clock.advance(1000)
  expect(sequence.times).toEqual([12, 40, 40, 42.375, 52.5, 62.625])
  expect(late).toEqual([0, 40 - 22.125, 40 - 32.25, 0, 0, 0])
  expect(steps.map(({ endMs }) => endMs)).toEqual([12, 22.125, 32.25, 42.375, 52.5, 62.625])
})

test('what arrived during a missed step is not in it, but in the next one', () => {
  const { clock, engine, steps } = setUp()
  engine.submit(new Recorder(16, 9), clock.now())
  clock.advance(15)
  clock.stall(25)
  // The second step ended at 22.125, so this request came after the third step had begun.
  engine.submit(new Recorder(8, 1), 30)
  clock.advance(1000)
  expect(steps.findIndex(({ work }) => work.sequences === 2)).toBe(3)
})

test('what is made up for does not keep the event loop from others', () => {
  const { clock, engine } = setUp()
  const seen: string[] = []
  const slow = new (class extends Recorder {
    override produce(count: number, atMs: number): void {
      super.produce(count, atMs)
      seen.push('token')
      clock.stall(3)
    }
  })(16, 8)
  engine.submit(slow, clock.now())
  clock.after(30, () => seen.push('other'))
  clock.advance(5)
  clock.stall(95)
  clock.advance(1000)
  expect(seen.indexOf('other')).toBe(2)
  expect(seen).toHaveLength(9)
})

test('after a long sleep time goes on from now: no flood, and the lateness is told', () => {
  const { clock, engine, steps, late } = setUp()
  const sequence = new Recorder(16, 4)
  engine.submit(sequence, clock.now())
  clock.advance(15)
  clock.stall(60_000)
  clock.advance(1000)
  expect(sequence.times).toEqual([12, 60_015, 60_025.125, 60_035.25])
  expect(late).toEqual([0, 60_015 - 22.125, 0, 0])
  expect(steps[1]).toMatchObject({ startMs: 60_015 - 10.125, endMs: 60_015 })
})

test('a timer that rings early makes a token early, the next step not: what arrives in between is part of it', () => {
  class EarlyClock extends ManualClock {
    override after(ms: number, wake: () => void): () => void {
      return super.after(ms > 1 ? ms - 0.375 : ms, wake)
    }
  }
  const { clock, engine, steps, late } = setUp({}, new EarlyClock())
  const [first, second] = [new Recorder(16, 3), new Recorder(8, 1)]
  engine.submit(first, clock.now())
  clock.advance(11.875)
  expect(first.times).toEqual([11.625])
  engine.submit(second, clock.now())
  clock.advance(1000)
  expect(steps.map(({ startMs, work }) => [startMs, work.sequences])).toEqual([
    [0, 1],
    [12, 2],
    [23.125, 1],
  ])
  expect(late).toEqual([-0.375, -0.375, -0.375, -0.375])
})

test('an abort is seen in the load at once, and no more tokens come', () => {
  const { clock, engine } = setUp({ maxNumSeqs: 1 })
  const [a, b] = [new Recorder(16, 100), new Recorder(16, 1)]
  engine.submit(a, clock.now())
  engine.submit(b, clock.now())
  clock.advance(25)
  expect(engine.load()).toMatchObject({ running: 1, waiting: 1, queuedPromptTokens: 16 })
  engine.abort(a)
  expect(engine.load()).toMatchObject({ running: 0, waiting: 1, cacheUsage: 0 })
  clock.advance(1000)
  expect(a.times).toEqual([12, 22.125])
  // The step of the aborted request runs to its end, as on a GPU.
  expect(b.times).toEqual([44.25])
  expect(engine.load()).toEqual(NOTHING)
})

test('callbacks may abort, submit and close', () => {
  const { clock, engine } = setUp()
  const [other, late] = [new Recorder(8, 5), new Recorder(8, 5)]
  const self = new (class extends Recorder {
    override produce(count: number, atMs: number): void {
      super.produce(count, atMs)
      engine.abort(this)
      engine.abort(other)
      engine.submit(late, atMs)
    }
  })(8, 5)
  const last = new (class extends Recorder {
    override produce(): void {
      engine.close()
    }
  })(8, 5)
  engine.submit(self, clock.now())
  engine.submit(other, clock.now())
  clock.advance(13)
  expect(engine.load()).toMatchObject({ running: 1, waiting: 0 })
  expect([self.times.length, other.times.length]).toEqual([1, 0])
  engine.submit(last, clock.now())
  clock.advance(1000)
  engine.submit(new Recorder(8, 5), clock.now())
  expect(engine.load()).toEqual(NOTHING)
  expect(late.times.length).toBeLessThan(5)
})

const item = fc
  .record(
    {
      arrivalMs: fc.nat(300),
      promptTokens: fc.integer({ min: 1, max: 80 }),
      outputTokens: fc.integer({ min: 1, max: 30 }),
      prefix: fc.record({ id: fc.constantFrom('a', 'b'), tokens: fc.nat(60) }),
      patienceMs: fc.nat(600),
    },
    { requiredKeys: ['arrivalMs', 'promptTokens', 'outputTokens'] },
  )
  .map(({ patienceMs, ...rest }): TraceItem => {
    if (patienceMs === undefined) return rest
    // Never at the moment of a token, because tokens come at multiples of an eighth of a millisecond.
    return { ...rest, abortMs: rest.arrivalMs + patienceMs + 1 / 16 }
  })

test('in real time everything happens when the simulation says, and step by step the same', () => {
  fc.assert(
    fc.property(fc.array(item, { minLength: 1, maxLength: 20, size: 'max' }), (trace) => {
      const expected: StepRecord[] = []
      const { requests } = simulate(trace, config, (step) => expected.push(step))
      const { clock, engine, steps, late } = setUp()
      const sequences = trace.map((one, index) => new SimulatedSequence(one, index))
      for (const [index, sequence] of sequences.entries()) {
        clock.after(sequence.arrivalMs, () => engine.submit(sequence, clock.now()))
        clock.after(trace[index]?.abortMs ?? Infinity, () => {
          sequence.aborted = !sequence.done
          engine.abort(sequence)
        })
      }
      clock.advance(60_000)
      expect(steps).toEqual(expected)
      expect(sequences).toEqual(requests)
      expect(late.every((ms) => ms === 0)).toBe(true)
      expect(engine.load()).toEqual(NOTHING)
    }),
    { numRuns: 200 },
  )
})
