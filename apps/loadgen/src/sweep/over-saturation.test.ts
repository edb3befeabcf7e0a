import { LatencyHistogram } from '@slicechat/run'
import { expect, test } from 'vitest'
import { RandomStream } from '../random/random-stream.ts'
import type { Progress } from '../run/progress.ts'
import { OverSaturation } from './over-saturation.ts'

/** Feeds one minute, second by second. @returns the second in which it said to stop */
function stopsAt(of: (second: number) => { active: number; ttftMs: number | undefined }): number | undefined {
  const test = new OverSaturation(5_000)
  for (let second = 1; second <= 60; second++) {
    const { active, ttftMs } = of(second)
    const ttft = new LatencyHistogram()
    if (ttftMs !== undefined) ttft.record(ttftMs)
    const encoded = ttftMs === undefined ? null : ttft.encode()
    const progress = { elapsedMs: second * 1000, interval: { active, ttft: encoded } } as Progress
    if (test.add(progress)) return second
  }
  return undefined
}

test('a queue that grows without end is seen soon after the warm-up', () => {
  const random = new RandomStream('over')
  const noise = () => 0.9 + 0.2 * random.uniform()
  expect(stopsAt((s) => ({ active: 3 * s * noise(), ttftMs: 100 * s * noise() }))).toBeLessThanOrEqual(25)
})

test('a steady load is none, however it scatters', () => {
  const random = new RandomStream('steady')
  expect(
    stopsAt(() => ({ active: 10 + 20 * random.uniform(), ttftMs: 50 + 500 * random.uniform() })),
  ).toBeUndefined()
})

test('more users with the same wait are none: both must grow', () => {
  expect(stopsAt((s) => ({ active: s, ttftMs: 100 }))).toBeUndefined()
})

test('seconds before the first token are no wait of 0 from which it could grow', () => {
  const settled = (s: number) => (s < 12 ? undefined : 4_000)
  expect(stopsAt((s) => ({ active: Math.min(s, 20), ttftMs: settled(s) }))).toBeUndefined()
})
