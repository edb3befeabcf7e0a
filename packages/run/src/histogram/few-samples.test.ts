import { expect, test } from 'vitest'
import { isSlowest, markFew } from './few-samples.ts'

test.each([
  [0.95, 19, true],
  [0.95, 20, false],
  [0.99, 99, true],
  [0.99, 100, false],
  [0.9, 9, true],
  [0.9, 10, false],
  [0.5, 1, false],
  [1, 5, false],
  [0.99, 0, false],
])('the %d quantile of %i samples is just the slowest: %s', (q, samples, slowest) => {
  expect(isSlowest(q, samples)).toBe(slowest)
  expect(markFew('9 ms', q, samples)).toBe(slowest ? '9 ms†' : '9 ms')
})
