import { expect, test } from 'vitest'
import { ReaderTiming } from './reader-timing.ts'

test('from sending to text, per token, and the longest silence', () => {
  let now = 1_000
  const timing = new ReaderTiming(() => now)
  for (const at of [1_120, 1_140, 1_300, 1_320]) {
    now = at
    timing.text()
  }
  expect(timing.report(11)).toEqual({ ttftMs: 120, interTokenMsMean: 20, longestGapMs: 160 })
})

test('one token has no gaps, and no text nothing to report', () => {
  let now = 0
  const timing = new ReaderTiming(() => now)
  expect(timing.report(0)).toBeUndefined()
  now = 50
  timing.text()
  expect(timing.report(1)).toEqual({ ttftMs: 50, interTokenMsMean: null, longestGapMs: null })
  expect(timing.report(140), 'all of them in one burst').toMatchObject({
    interTokenMsMean: null,
    longestGapMs: null,
  })
  expect(timing.report(undefined)).toEqual({ ttftMs: 50, interTokenMsMean: null, longestGapMs: null })
})
