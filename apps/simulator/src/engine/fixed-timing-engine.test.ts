import { expect, test } from 'vitest'
import { ManualClock } from '../testing/manual-clock.ts'
import type { Sequence, StepRecord } from './engine.ts'
import { FixedTimingEngine } from './fixed-timing-engine.ts'

function setUp(timing = { ttftMs: 50, itlMs: 10 }, maxRunning = 256) {
  const clock = new ManualClock()
  const steps: number[] = []
  const observer = {
    step: (record: StepRecord) => steps.push(record.completedPromptTokens + record.producedTokens),
    emitted: () => undefined,
  }
  return {
    clock,
    steps,
    engine: new FixedTimingEngine({ ...timing, maxRunning, cacheTokens: 1000, clock, observer }),
  }
}

class Recorder implements Sequence {
  readonly promptTokens: number
  readonly outputTokens: number
  readonly cacheSalt = ''
  readonly times: number[] = []
  scheduledAt = -1

  constructor(outputTokens: number, promptTokens = 10) {
    this.outputTokens = outputTokens
    this.promptTokens = promptTokens
  }

  tokenAt(position: number): number {
    return position
  }

  preempted(): void {
    throw new Error('fixed timing preempts nothing')
  }

  scheduled(atMs: number): void {
    this.scheduledAt = atMs
  }

  produce(count: number, atMs: number): void {
    for (let i = 0; i < count; i++) this.times.push(atMs)
  }
}

test('token k is due at start + ttft + k × itl', () => {
  const { clock, engine, steps } = setUp()
  const sequence = new Recorder(4)
  engine.submit(sequence, clock.now())
  clock.advance(1000)
  expect(sequence.times).toEqual([50, 60, 70, 80])
  expect(steps).toEqual([11, 1, 1, 1])
  expect(engine.load()).toEqual({ running: 0, waiting: 0, queuedPromptTokens: 0, cacheUsage: 0 })
})

test('a late timer makes tokens come together and shifts none of the later ones', () => {
  const { clock, engine } = setUp()
  const sequence = new Recorder(6)
  engine.submit(sequence, clock.now())
  clock.advance(55)
  clock.stall(22)
  clock.advance(1000)
  expect(sequence.times).toEqual([50, 77, 77, 80, 90, 100])
})

test('beyond the limit sequences wait and start in the order of arrival', () => {
  const { clock, engine } = setUp({ ttftMs: 50, itlMs: 10 }, 1)
  const [a, b, c] = [new Recorder(2), new Recorder(2), new Recorder(2)]
  engine.submit(a, clock.now())
  engine.submit(b, clock.now())
  engine.submit(c, clock.now())
  expect(engine.load()).toMatchObject({ running: 1, waiting: 2 })
  engine.abort(b)
  expect(engine.load()).toMatchObject({ running: 1, waiting: 1 })
  clock.advance(1000)
  expect(a.times).toEqual([50, 60])
  expect(b.times).toEqual([])
  expect([c.scheduledAt, ...c.times]).toEqual([60, 110, 120])
})

test('an abort frees the place at once and no more tokens come', () => {
  const { clock, engine } = setUp({ ttftMs: 50, itlMs: 10 }, 1)
  const [a, b] = [new Recorder(100), new Recorder(1)]
  engine.submit(a, clock.now())
  engine.submit(b, clock.now())
  clock.advance(75)
  engine.abort(a)
  expect(b.scheduledAt).toBe(75)
  clock.advance(1000)
  expect(a.times).toEqual([50, 60, 70])
  expect(b.times).toEqual([125])
})

test('a sequence may abort itself, and another, from within a step', () => {
  const { clock, engine } = setUp()
  const other = new Recorder(5)
  const self = new (class extends Recorder {
    override produce(count: number, atMs: number): void {
      super.produce(count, atMs)
      engine.abort(this)
      engine.abort(other)
    }
  })(5)
  engine.submit(self, clock.now())
  engine.submit(other, clock.now())
  clock.advance(1000)
  expect(self.times).toEqual([50])
  expect(other.times).toEqual([])
  expect(engine.load().running).toBe(0)
})

test('an interval of zero lets other sequences in between', () => {
  const { clock, engine } = setUp({ ttftMs: 0, itlMs: 0 })
  const [a, b] = [new Recorder(200), new Recorder(3)]
  engine.submit(a, clock.now())
  engine.submit(b, clock.now())
  clock.advance(0)
  expect(a.times.length).toBe(200)
  expect(b.times.length).toBe(3)
})
