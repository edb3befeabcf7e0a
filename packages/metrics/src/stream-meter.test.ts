import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { believable, StreamMeter } from './stream-meter.ts'

/** A clock that stands still until a test moves it. */
function handClock(start = 1000) {
  let at = start
  return { now: () => at, to: (ms: number) => void (at = start + ms) }
}

function meterAt(start?: number) {
  const clock = handClock(start)
  return { clock, meter: new StreamMeter(clock.now) }
}

describe('one generation', () => {
  test('from acceptance to the last token', () => {
    const { clock, meter } = meterAt()
    clock.to(30)
    meter.admitted()
    clock.to(32)
    meter.sent()
    for (const at of [132, 152, 232]) {
      clock.to(at)
      meter.arrived()
    }
    clock.to(500)
    expect(meter.timings(6)).toEqual({
      queuedMs: 30,
      upstreamTtftMs: 100,
      ttftMs: 132,
      e2eMs: 232,
      interTokenMsMean: 20,
      tokensPerSecond: 50,
      longestGapMs: 80,
    })
  })

  test('what was done before the meter was there counts, where the moment of acceptance is known', () => {
    const clock = handClock(1000)
    const meter = new StreamMeter(clock.now, 990)
    clock.to(5)
    meter.admitted()
    clock.to(40)
    meter.arrived()
    expect(meter.timings(1)).toMatchObject({ queuedMs: 15, ttftMs: 50, e2eMs: 50 })
  })

  test('before anything happened, only the time that passed is known', () => {
    const { clock, meter } = meterAt()
    clock.to(70)
    expect(meter.timings(5)).toEqual({
      queuedMs: null,
      upstreamTtftMs: null,
      ttftMs: null,
      e2eMs: 70,
      interTokenMsMean: null,
      tokensPerSecond: null,
      longestGapMs: null,
    })
  })

  test('of several attempts the last before the first token counts', () => {
    const { clock, meter } = meterAt()
    for (const at of [10, 200]) {
      clock.to(at)
      meter.sent()
    }
    clock.to(250)
    meter.arrived()
    clock.to(260)
    meter.sent()
    expect(meter.timings()).toMatchObject({ upstreamTtftMs: 50, ttftMs: 250 })
  })

  test('leaving the queue happens once', () => {
    const { clock, meter } = meterAt()
    clock.to(10)
    meter.admitted()
    clock.to(20)
    meter.admitted()
    expect(meter.timings().queuedMs).toBe(10)
  })

  test.each([
    ['tokens unknown', undefined],
    ['no token', 0],
    ['one token', 1],
  ])('%s: no time between tokens', (_, tokens) => {
    const { clock, meter } = meterAt()
    meter.arrived()
    clock.to(50)
    meter.arrived()
    expect(meter.timings(tokens)).toMatchObject({
      interTokenMsMean: null,
      tokensPerSecond: null,
      longestGapMs: 50,
    })
  })

  test('many tokens in one piece: what lay between them was not seen', () => {
    const { meter } = meterAt()
    meter.arrived()
    expect(meter.timings(8)).toMatchObject({
      interTokenMsMean: null,
      tokensPerSecond: null,
      longestGapMs: null,
    })
  })

  const burst = (count: number, everyMs: number) => Array.from({ length: count }, (_, i) => i * everyMs)
  test.each<[string, number[], number, number | null]>([
    ['pieces at one instant', burst(8, 0), 8, null],
    ['140 tokens of a proxy that held them back (277,951 tokens/s)', burst(139, 0.0036), 140, null],
    ['the same, spread over the reads of a long body', burst(139, 0.05), 140, null],
    ['the same, read slowly by a busy machine', burst(139, 0.2), 140, null],
    ['the same over a slow line: three windows of many tokens', [0, 100, 200], 140, null],
    ['two tokens at once and one later', [0, 0.2, 20], 3, 10],
    ['a few tokens, a few in a piece', [0, 20, 40], 6, 8],
    ['many pieces of many tokens', burst(10, 100), 100, 900 / 99],
    ['a very fast server: 2,000 tokens/s', burst(100, 0.5), 100, 0.5],
  ])('%s', (_, arrivals, tokens, mean) => {
    const { clock, meter } = meterAt()
    for (const at of arrivals) {
      clock.to(at)
      meter.arrived()
    }
    const { interTokenMsMean, tokensPerSecond } = meter.timings(tokens)
    if (mean === null) expect([interTokenMsMean, tokensPerSecond]).toEqual([null, null])
    else {
      expect(interTokenMsMean).toBeCloseTo(mean)
      expect(tokensPerSecond).toBeCloseTo(1000 / mean)
    }
  })

  test.each([
    // Arrivals (ms) of pieces that their read stamped, and how many arrivals that makes.
    ['pieces of one read', [0, 0, 0], 1],
    ['reads that follow each other closely are the arrival in which they began', [0, 0.4, 0.8], 1],
    ['an arrival lasts a millisecond, however many reads follow', [0, 0.6, 1.2, 1.8], 2],
    ['reads apart', [0, 10, 20], 3],
  ])('stamped by read: %s', (_, stamps, arrivals) => {
    const meter = new StreamMeter(() => 0, 0, 'read')
    const gaps = stamps.map((at) => meter.arrived(at))
    expect(gaps).toEqual([NaN, ...stamps.slice(1).map((at, index) => at - (stamps[index] ?? at))])
    expect(meter).toMatchObject({ arrivals, first: stamps[0], last: stamps.at(-1) })
  })

  test('a stamp before the request, or before the piece before, counts as that time', () => {
    const meter = new StreamMeter(() => 100, 100, 'read')
    expect([99.5, 120, 119].map((at) => meter.arrived(at))).toEqual([NaN, 20, 0])
    expect(meter.timings(3)).toMatchObject({ ttftMs: 0, e2eMs: 20, longestGapMs: 20 })
  })

  test('a stored pace that cannot be true is none', () => {
    const timings = {
      ...new StreamMeter().timings(),
      ttftMs: 5,
      interTokenMsMean: 0.0036,
      tokensPerSecond: 277_951,
    }
    expect(believable(timings)).toEqual({ ...timings, interTokenMsMean: null, tokensPerSecond: null })
    const slow = { ...timings, interTokenMsMean: 20, tokensPerSecond: 50 }
    expect(believable(slow)).toBe(slow)
  })

  test('a clock that starts at 0 is as good as any', () => {
    const { clock, meter } = meterAt(0)
    meter.admitted()
    meter.sent()
    meter.arrived()
    clock.to(5)
    meter.arrived()
    expect(meter.timings(2)).toMatchObject({
      queuedMs: 0,
      upstreamTtftMs: 0,
      ttftMs: 0,
      e2eMs: 5,
      interTokenMsMean: 5,
    })
  })

  test('without a clock it uses the monotonic one', () => {
    const meter = new StreamMeter()
    meter.arrived()
    const { ttftMs, e2eMs } = meter.timings()
    expect(ttftMs).toBeGreaterThanOrEqual(0)
    expect(e2eMs).toBe(ttftMs)
  })
})

test('any arrivals: the timings are what the definitions say', () => {
  const gaps = fc.array(fc.integer({ min: 1, max: 5000 }), { minLength: 4, maxLength: 50 })
  fc.assert(
    fc.property(gaps, fc.integer({ min: 2, max: 500 }), (waits, tokens) => {
      const { clock, meter } = meterAt()
      let at = 0
      const arrivals = waits.map((wait) => (at += wait))
      for (const arrival of arrivals) {
        clock.to(arrival)
        meter.arrived()
      }
      const [first = NaN, last = NaN] = [arrivals[0], arrivals.at(-1)]
      const mean = (last - first) / (tokens - 1)
      expect(meter.timings(tokens)).toEqual({
        queuedMs: null,
        upstreamTtftMs: null,
        ttftMs: first,
        e2eMs: last,
        interTokenMsMean: mean < 0.1 ? null : mean,
        tokensPerSecond: mean < 0.1 ? null : 1000 / mean,
        longestGapMs: Math.max(...waits.slice(1)),
      })
    }),
  )
})
