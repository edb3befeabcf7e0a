import fc from 'fast-check'
import { expect, test } from 'vitest'
import { LatencyHistogram, type Slo } from '@slicechat/run'
import type { Outcome } from '../target/target.ts'
import { IntervalSeries } from './interval-series.ts'
import { RequestMeter } from './request-meter.ts'
import { Recorder } from './recorder.ts'
import type { RunClock } from './run-clock.ts'
import { TallyAccumulator } from './tally-accumulator.ts'

function metered(intendedMs = 90) {
  const clock = { ms: 100, now: () => clock.ms, arrivalNow: () => clock.ms }
  const origin = { conversation: 'c', turn: 0, regenerated: false, intendedMs }
  const meter = new RequestMeter(origin, {
    clock: clock as unknown as RunClock,
    tally: new TallyAccumulator(),
    series: new IntervalSeries(50),
  })
  const arrive = (ms: number, characters: number) => {
    clock.ms = ms
    meter.arrived(characters)
  }
  return { clock, meter, arrive }
}
const outcome = (over: Partial<Outcome> = {}): Outcome => ({
  reason: 'stop',
  promptTokens: 7,
  completionTokens: 11,
  error: undefined,
  apiTimings: undefined,
  engineTimings: undefined,
  ...over,
})

test('first text, gaps and last text make the latencies', () => {
  const { meter, arrive } = metered()
  arrive(130, 4)
  arrive(140, 2)
  arrive(150, 2)
  arrive(190, 2)
  expect(meter.ended(outcome(), {})).toMatchObject({
    status: 'succeeded',
    intendedMs: 90,
    startedMs: 100,
    ttftMs: 30,
    e2eMs: 90,
    interTokenMs: 6,
    longestGapMs: 40,
    pieces: 4,
    characters: 10,
    wastedTokens: 0,
    good: true,
  })
  expect(meter.spread).toEqual([2, 6, 3, 4])
})

test('any arrivals: the figures are what the definitions say', () => {
  /** Milliseconds between arrivals in eighths, so that sums are exact; many within one read. */
  const wait = fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 12 }), fc.integer({ min: 0, max: 4_000 }))
  fc.assert(
    fc.property(fc.array(wait, { maxLength: 40 }), fc.integer({ min: 1, max: 60 }), (waits, tokens) => {
      const { meter, arrive } = metered()
      let ms = 100
      const arrivals = waits.map((eighths) => (ms += eighths / 8))
      for (const at of arrivals) arrive(at, 1)
      const [first = NaN, last = NaN] = [arrivals[0], arrivals.at(-1)]
      const begins = arrivals.reduce<number[]>(
        (all, at) => (at - (all.at(-1) ?? -Infinity) >= 1 ? [...all, at] : all),
        [],
      )
      const isBurst = tokens < 2 || begins.length < 2 || (begins.length < 4 && tokens > 2 * begins.length)
      const mean = (last - first) / (tokens - 1)
      const gaps = arrivals.slice(1).map((at, index) => at - (arrivals[index] ?? at))
      const expected =
        arrivals.length === 0
          ? { status: 'failed', ttftMs: undefined, e2eMs: undefined, interTokenMs: undefined }
          : {
              status: 'succeeded',
              ttftMs: first - 100,
              e2eMs: last - 100,
              interTokenMs: isBurst || mean < 0.1 ? undefined : mean,
            }
      const longestGapMs = begins.length < 2 ? undefined : Math.max(...gaps)
      expect(meter.ended(outcome({ completionTokens: tokens }), {})).toMatchObject({
        ...expected,
        longestGapMs,
      })
    }),
  )
})

test('text that came in the turn in which it was asked for came at once', () => {
  const { meter, arrive } = metered()
  arrive(99.5, 1)
  arrive(101, 1)
  expect(meter.ended(outcome(), {})).toMatchObject({ ttftMs: 0, e2eMs: 1, longestGapMs: 1 })
})

test.each(['stop', 'length'] as const)(
  'an answer without text is none, whatever the server says: %s',
  (reason) => {
    const record = metered().meter.ended(outcome({ reason, completionTokens: 3 }), { ttftMs: 1e9 })
    expect(record).toMatchObject({
      status: 'failed',
      good: false,
      completionTokens: 3,
      e2eMs: undefined,
      error: { code: 'EMPTY', message: `The answer ended without text (${reason}, 3 tokens).` },
    })
  },
)

test.each([
  // Arrivals (ms), tokens by the server's usage, ms a token, whether it is a burst.
  ['one token', [130], 1, undefined, false],
  ['one token, no usage', [130], undefined, undefined, false],
  ['several tokens in one piece', [130], 11, undefined, true],
  ['several pieces in one read', [130, 130, 130.4], 11, undefined, true],
  ['several pieces in one read, no usage', [130, 130], undefined, undefined, true],
  ['a few large pieces', [130, 180], 11, undefined, true],
  ['a stream, no usage', [130, 140, 150, 160], undefined, undefined, false],
  ['a stream', [130, 140, 150, 190], 11, 6, false],
  ['a stream that begins with several', [130, 130, 140, 150, 190], 11, 6, false],
])(
  'the time between tokens is what is known of it: %s',
  (_, arrivals, completionTokens, interTokenMs, burst) => {
    const { meter, arrive } = metered()
    for (const ms of arrivals) arrive(ms, 4)
    const record = meter.ended(outcome({ completionTokens }), { interTokenMs: 1 })
    expect(record).toMatchObject({ status: 'succeeded', interTokenMs, burst })
    // What is unknown misses no limit.
    expect(record.good).toBe(interTokenMs === undefined)
  },
)

test('what came after the user had gone is waste, in proportion', () => {
  const { meter, arrive } = metered()
  arrive(130, 30)
  meter.abandon()
  arrive(140, 10)
  const record = meter.ended(outcome({ reason: 'abandoned', completionTokens: 40 }), {})
  expect(record).toMatchObject({ status: 'abandoned', wastedTokens: 10, good: false, e2eMs: undefined })
  const unseen = metered().meter
  unseen.abandon()
  expect(unseen.ended(outcome({ reason: 'abandoned' }), {})).toMatchObject({ wastedTokens: 11 })
})

test('who waits for a start that is late waits all the same', () => {
  const { meter, arrive } = metered(20)
  arrive(130, 1)
  expect(meter.ended(outcome(), { ttftMs: 100 }).good).toBe(false)
  expect(meter.ended(outcome(), { ttftMs: 110 }).good).toBe(true)
  expect(meter.ended(outcome(), { ttftMs: 110, interTokenMs: 1, e2eMs: 109 }).good).toBe(false)
})

test('a run that is cut short makes no failures of its own', () => {
  const { meter, arrive } = metered()
  arrive(130, 1)
  meter.cut({ interrupted: false })
  expect(meter.ended(outcome({ reason: 'abandoned' }), {}).status).toBe('unfinished')
  expect(meter.ended(outcome({ reason: 'error' }), {}).status).toBe('unfinished')
  expect(meter.ended(outcome(), {}).status).toBe('succeeded')
})

test('what an interruption cut off is neither good nor bad, unless the user had waited too long by then', () => {
  const judged = (slo: Slo, { interrupted = true, abandoned = false, text = true } = {}) => {
    const { clock, meter, arrive } = metered()
    if (text) arrive(130, 1)
    if (abandoned) meter.abandon()
    clock.ms = 200
    meter.cut({ interrupted })
    clock.ms = 5_000
    return meter.ended(undefined, slo).good
  }
  // Intended at 90, sent at 100, first text at 130, cut off at 200.
  expect(judged({})).toBeUndefined()
  expect(judged({ ttftMs: 40, interTokenMs: 1, e2eMs: 110 })).toBeUndefined()
  expect(judged({ ttftMs: 39 })).toBe(false)
  expect(judged({ e2eMs: 109 })).toBe(false)
  expect(judged({ ttftMs: 110 }, { text: false })).toBeUndefined()
  expect(judged({ ttftMs: 109 }, { text: false })).toBe(false)
  // The server had had all its time, or the user had given up before.
  expect(judged({}, { interrupted: false })).toBe(false)
  expect(judged({}, { abandoned: true })).toBe(false)
})

test('gaps within the first read are samples once a second read shows that it was no burst', () => {
  const clock = { ms: 0, now: () => clock.ms, arrivalNow: () => clock.ms }
  const recorder = new Recorder({
    clock: clock as unknown as RunClock,
    intervalMs: 1_000,
    slo: {},
    steady: { fromMs: 0, untilMs: 10_000 },
  })
  const answered = (arrivals: readonly number[]) => {
    const meter = recorder.begin({ conversation: 'c', turn: 0, regenerated: false, intendedMs: clock.ms })
    for (const ms of arrivals) {
      clock.ms = ms
      meter.arrived(1)
    }
    recorder.end(meter, outcome())
  }
  answered([100, 100, 100])
  answered([200, 200, 200.5, 250])
  clock.ms = 1_500
  const { whole, intervals } = recorder.close()
  const gaps = LatencyHistogram.decode(whole.latencies.gap)
  expect([gaps.count, gaps.quantile(0.5), gaps.max]).toEqual([3, 0.25, expect.closeTo(49.5, 1)])
  expect(whole).toMatchObject({ succeeded: 2, bursts: 2 })
  expect(intervals.map(({ pieces, gap }) => [pieces, gap && LatencyHistogram.decode(gap).count])).toEqual([
    [7, 3],
    [0, null],
  ])
})

test('tokens are spread over the intervals in which their text came, and load over those in which it was there', () => {
  const clock = { ms: 0, now: () => clock.ms, arrivalNow: () => clock.ms }
  const recorder = new Recorder({
    clock: clock as unknown as RunClock,
    intervalMs: 1_000,
    slo: {},
    steady: { fromMs: 0, untilMs: 10_000 },
  })
  recorder.present(2)
  const meter = recorder.begin({ conversation: 'c', turn: 0, regenerated: false, intendedMs: 0 })
  for (const ms of [500, 1_500, 1_600, 3_100]) {
    clock.ms = ms
    meter.arrived(5)
  }
  expect(recorder.tick().map(({ pieces }) => pieces)).toEqual([1, 2, 0])
  recorder.end(meter, outcome({ completionTokens: 40 }))
  const { intervals, whole } = recorder.close()
  expect(intervals.map(({ tokens }) => tokens)).toEqual([10, 20, 0, 10])
  expect(intervals.map(({ succeeded }) => succeeded)).toEqual([0, 0, 0, 1])
  expect(intervals.map(({ users, active }) => [users, active])).toEqual([
    [2, 1],
    [2, 1],
    [2, 1],
    [0.2, 0.1],
  ])
  expect(whole).toMatchObject({ started: 1, succeeded: 1, completionTokens: 40 })
})
