import { ChatError } from '@slicechat/client'
import type { BudgetStatus } from '@slicechat/contract'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { LimitsWatch, nearLimit } from './limits-watch.svelte.ts'

const NONE: BudgetStatus = { answersAtOnce: null, requestsPerMinute: null, tokensPerDay: null }
const used = (used: number, limit: number) => ({ used, limit, resetMs: 5_000 })

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

/** A watch whose API answers with these, one after the other, and the last one from then on. */
function watchOf(...answers: (() => Promise<BudgetStatus>)[]) {
  const query = vi.fn(() => (answers.length > 1 ? answers.shift() : answers[0])?.() ?? Promise.resolve(NONE))
  const watch = new LimitsWatch({ api: { account: { budget: { query } } } }, () => Date.now())
  return { watch, query }
}

const tooMany = (retryAfterMs?: number) =>
  new ChatError('Too many.', {
    code: 'RATE_LIMITED',
    retryable: true,
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  })

test('a limit is worth mentioning from 80 % on, and the one that comes back last is mentioned first', () => {
  expect(nearLimit(NONE)).toBeUndefined()
  expect(nearLimit({ ...NONE, tokensPerDay: used(79, 100) })).toBeUndefined()
  expect(nearLimit({ ...NONE, tokensPerDay: used(80, 100) })?.name).toBe('tokensPerDay')
  expect(nearLimit({ ...NONE, answersAtOnce: used(1, 1) })).toBeUndefined()
  expect(nearLimit({ ...NONE, answersAtOnce: used(4, 5) })?.name).toBe('answersAtOnce')
  const all = { answersAtOnce: used(5, 5), requestsPerMinute: used(9, 10), tokensPerDay: used(100, 100) }
  expect(nearLimit(all)).toEqual({ name: 'tokensPerDay', ...used(100, 100) })
})

test('over a limit it waits as long as the API asks for, and then asks what is left', async () => {
  const { watch, query } = watchOf(
    () => Promise.resolve({ ...NONE, requestsPerMinute: used(3, 3) }),
    () => Promise.resolve(NONE),
  )
  watch.noticed(new ChatError('Gone.', { code: 'NOT_FOUND', retryable: false }))
  expect(query).not.toHaveBeenCalled()
  const error = tooMany(2_500)
  watch.noticed(error)
  expect(watch.waitMs).toBe(2_500)
  await vi.advanceTimersByTimeAsync(1_000)
  expect(watch.waitMs).toBe(1_500)
  // An error that is shown again does not begin a new wait.
  watch.noticed(error)
  expect(watch.waitMs).toBe(1_500)
  expect(watch.near?.name).toBe('requestsPerMinute')
  expect(query).toHaveBeenCalledTimes(1)
  await vi.advanceTimersByTimeAsync(2_000)
  expect(watch.waitMs).toBe(0)
  expect(query).toHaveBeenCalledTimes(2)
  expect(vi.getTimerCount()).toBe(0)
})

test('what is shown of a limit is asked for again when something of it is free', async () => {
  const { watch, query } = watchOf(
    () => Promise.resolve({ ...NONE, requestsPerMinute: used(3, 3) }),
    () => Promise.resolve(NONE),
  )
  await watch.refresh()
  expect(watch.near?.name).toBe('requestsPerMinute')
  await vi.advanceTimersByTimeAsync(5_000)
  expect(watch.near).toBeUndefined()
  expect(query).toHaveBeenCalledTimes(2)
  expect(vi.getTimerCount()).toBe(0)
})

test('without a time to wait it does not wait, and a stop ends a wait', () => {
  const { watch } = watchOf()
  watch.noticed(tooMany())
  expect(watch.waitMs).toBe(0)
  watch.noticed(tooMany(60_000))
  watch.stop()
  expect(vi.getTimerCount()).toBe(0)
})

test('a failure changes nothing, and an answer that comes late does not replace a newer one', async () => {
  const slow = Promise.withResolvers<BudgetStatus>()
  const { watch } = watchOf(
    () => Promise.resolve({ ...NONE, tokensPerDay: used(90, 100) }),
    () => Promise.reject(new Error('no connection')),
    () => slow.promise,
    () => Promise.resolve({ ...NONE, tokensPerDay: used(95, 100) }),
  )
  await watch.refresh()
  await watch.refresh()
  expect(watch.near?.used).toBe(90)
  const late = watch.refresh()
  await watch.refresh()
  slow.resolve(NONE)
  await late
  expect(watch.near?.used).toBe(95)
})
