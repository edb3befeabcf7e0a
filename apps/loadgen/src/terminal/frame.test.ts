import { LatencyHistogram } from '@slicechat/run'
import { expect, test } from 'vitest'
import type { Progress } from '../run/progress.ts'
import { scenarioSchema } from '../scenario/scenario.ts'
import { frame, plainLine } from './frame.ts'
import { RecentIntervals } from './live-stats.ts'

const scenario = scenarioSchema.parse({
  name: 'two-stages',
  executor: {
    type: 'ramping-vus',
    stages: [
      { duration: '10s', users: 4 },
      { duration: '20s', users: 8 },
    ],
  },
  warmUp: '2s',
})
const plain = { paint: (_style: unknown, text: string) => text, columns: 80, shown: (text: string) => text }

function progressAt(second: number): Progress {
  const ttft = new LatencyHistogram()
  ttft.record(100 * second)
  const load = { users: 1, active: 2.3456 }
  const interval = { ...load, started: 2, ttft: ttft.encode(), gap: null } as unknown as Progress['interval']
  const counts = { succeeded: 3, failed: 1, abandoned: 0, dropped: 2, completionTokens: 50 * second }
  return {
    elapsedMs: second * 1000,
    durationMs: 30_000,
    interval,
    counts: counts as unknown as Progress['counts'],
  }
}

const recent = new RecentIntervals()
const states = Array.from({ length: 15 }, (_, index) => recent.add(progressAt(index + 1)))

test('a frame tells stage, load, rates and times in lines that fit', () => {
  const lines = frame({ title: 'two-stages: here', scenario, durationMs: 30_000 }, states[14], 15_000, plain)
  expect(lines.join('\n')).toMatchInlineSnapshot(`
    "two-stages: here
    ███████████████░░░░░░░░░░░░░░░  15 s of 30 s  stage 2 of 2, towards 8 users
    load         1 user, 2.3 answers under way
    rate         2 requests/s, 50 tokens/s
    first token  p50 1.00 s   p95 1.50 s   p99 1.50 s
    next token   p50 –   p95 –   p99 –
    answers      3 complete, 1 failed, 2 dropped
    rates and times: the last 10 s; Ctrl-C ends the run and keeps what there is"
  `)
  const narrow = frame({ title: 'two-stages: here', scenario, durationMs: 30_000 }, states[14], 15_000, {
    ...plain,
    columns: 30,
  })
  expect(Math.max(...narrow.map((line) => line.length))).toBeLessThan(30)
})

test('before the first second there is no more than the bar', () => {
  expect(frame({ title: 't', scenario, durationMs: 30_000 }, undefined, -100, plain)).toHaveLength(2)
})

test('a plain line holds the same', () => {
  const stats = states[0]
  expect(stats && plainLine(scenario, stats)).toBe(
    '1 s of 30 s (warm-up) | 1 user, 2.3 answers under way | 2 req/s, 50 tok/s | first token p50 100 ms p95 100 ms | next p50 – p95 – | 3 complete, 1 failed, 2 dropped',
  )
})
