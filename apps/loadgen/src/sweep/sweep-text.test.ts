import { expect, test } from 'vitest'
import type { SweepStep } from './sweep.ts'
import { stepLine } from './sweep-text.ts'

const none = { p50: null, p95: null, p99: null }
const step = (given: Partial<SweepStep>): string =>
  stepLine(
    {
      load: 2,
      verdict: 'met',
      clear: true,
      runs: [],
      errors: 0,
      clientSaturated: false,
      good: { share: 1, low: 0.8, high: 1, requests: 10 },
      ttft: { p50: 40, p95: 90, p99: 95 },
      interToken: none,
      e2e: none,
      requestsPerSecond: 1,
      tokensPerSecond: null,
      ...given,
    },
    'users',
    (_, text) => text,
  )

test('a p95 of too few requests is marked, one that is not known is not', () => {
  expect(step({})).toContain('first token p95 90.0 ms†  next token p95 –  – tokens/s')
  const many = { share: 1, low: 0.98, high: 1, requests: 200 }
  expect(step({ good: many })).toContain('first token p95 90.0 ms  next token')
})
