import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { StreamMeter } from './stream-meter.ts'

/** A clock that stands still until told. */
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

  test('pieces at the same instant: no gap, and no rate to divide by', () => {
    const { meter } = meterAt()
    meter.arrived()
    meter.arrived()
    expect(meter.timings(8)).toMatchObject({ interTokenMsMean: 0, tokensPerSecond: null, longestGapMs: 0 })
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
  const gaps = fc.array(fc.integer({ min: 0, max: 5000 }), { minLength: 2, maxLength: 50 })
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
      expect(meter.timings(tokens)).toEqual({
        queuedMs: null,
        upstreamTtftMs: null,
        ttftMs: first,
        e2eMs: last,
        interTokenMsMean: (last - first) / (tokens - 1),
        tokensPerSecond: last === first ? null : ((tokens - 1) * 1000) / (last - first),
        longestGapMs: Math.max(...waits.slice(1)),
      })
    }),
  )
})
