import { expect, test } from 'vitest'
import { rateLimitHeaders } from './rate-limit-headers.ts'

test('each limit has its name, and the one that is closest its numbers', () => {
  const headers = rateLimitHeaders(
    {
      answersAtOnce: { limit: 4, used: 4, resetMs: null },
      requestsPerMinute: { limit: 30, used: 10, resetMs: 1_500 },
      tokensPerDay: { limit: 100_000, used: 90_000, resetMs: 3_600_000 },
    },
    1_001,
  )
  expect(headers).toEqual([
    ['Retry-After', '2'],
    [
      'RateLimit-Policy',
      '"answers-at-once";q=4;qu="concurrent-requests", "requests-per-minute";q=30;w=60, "tokens-per-day";q=100000;w=86400',
    ],
    ['RateLimit', '"answers-at-once";r=0, "requests-per-minute";r=20;t=2, "tokens-per-day";r=10000;t=3600'],
    ['RateLimit-Limit', '100000'],
    ['RateLimit-Remaining', '10000'],
    ['RateLimit-Reset', '3600'],
  ])
})

test('without limits there are no headers', () => {
  expect(rateLimitHeaders({ answersAtOnce: null, requestsPerMinute: null, tokensPerDay: null })).toEqual([])
})
