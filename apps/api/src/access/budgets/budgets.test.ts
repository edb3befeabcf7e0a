import { expect, test } from 'vitest'
import type { CodedError } from '../../errors.ts'
import { Budgets, NO_LIMITS, type TokensUsed } from './budgets.ts'

/** Noon of a day in UTC. */
const NOON = Date.UTC(2026, 10, 27, 12)
const HOUR = 3_600_000
const none = (): number => 0
/** Records in which no budget was set. */
const unset = { all: () => Promise.resolve([]), set: () => Promise.resolve() }

function setup(limits: Partial<typeof NO_LIMITS>, records: Record<string, TokensUsed[]> = {}) {
  const clock = { wall: NOON, monotonic: 1_000 }
  const reads: string[] = []
  const budgets = new Budgets(
    { ...NO_LIMITS, ...limits },
    {
      tokensOn: (day) => {
        reads.push(day)
        return Promise.resolve(records[day] ?? [])
      },
      ...unset,
    },
    { wall: () => clock.wall, monotonic: () => clock.monotonic },
  )
  return { budgets, clock, reads }
}

const refusal = (promise: Promise<unknown>): Promise<CodedError> =>
  promise.then(
    () => Promise.reject(new Error('it was admitted')),
    (error: unknown) => error as CodedError,
  )

test('without limits everything is admitted, and no state is told', async () => {
  const { budgets } = setup({})
  await Promise.all(Array.from({ length: 100 }, () => budgets.enter({ owner: 'a' }, none)))
  expect(await budgets.status({ owner: 'a' })).toEqual(NO_LIMITS)
})

test('500 simultaneous starts hold the limit of answers at once to the unit', async () => {
  const { budgets } = setup({ answersAtOnce: 37 })
  const starts = Array.from({ length: 500 }, () => budgets.enter({ owner: 'a' }, none))
  const all = await Promise.allSettled(starts)
  const admitted = all.filter((one) => one.status === 'fulfilled')
  expect(admitted).toHaveLength(37)
  const { code, message, details } = await refusal(budgets.enter({ owner: 'a' }, none))
  expect([code, message]).toEqual(['RATE_LIMITED', expect.stringContaining('37 answers at once')])
  expect(details.retryAfterMs).toBeGreaterThan(0)
  // Another owner has places of its own.
  await budgets.enter({ owner: 'b' }, none)
  admitted[0]?.value.settle(0)
  // A second end does not free a second place.
  admitted[0]?.value.settle(0)
  await budgets.enter({ owner: 'a' }, none)
  await refusal(budgets.enter({ owner: 'a' }, none))
})

test('no minute, whenever it begins, has more requests than the limit', async () => {
  const { budgets, clock } = setup({ requestsPerMinute: 3 })
  const enter = () => budgets.enter({ owner: 'a' }, none)
  await enter()
  clock.monotonic += 50_000
  await enter()
  await enter()
  expect((await refusal(enter())).details.retryAfterMs).toBe(10_000)
  expect((await budgets.status({ owner: 'a' })).requestsPerMinute).toEqual({
    limit: 3,
    used: 3,
    resetMs: 10_000,
  })
  clock.monotonic += 9_999
  await refusal(enter())
  clock.monotonic += 1
  await enter()
  // A new minute of the clock gives nothing back before the requests are a minute old.
  expect((await refusal(enter())).details.retryAfterMs).toBe(50_000)
  // The time of day does not matter.
  clock.wall -= 24 * HOUR
  expect((await refusal(enter())).details.retryAfterMs).toBe(50_000)
})

test('a start that began nothing is taken back', async () => {
  const { budgets } = setup({ requestsPerMinute: 1, answersAtOnce: 1, tokensPerDay: 10 })
  for (let i = 0; i < 5; i++) (await budgets.enter({ owner: 'a' }, () => 100)).cancel()
  expect(await budgets.status({ owner: 'a' })).toMatchObject({
    answersAtOnce: { used: 0 },
    requestsPerMinute: { used: 0, resetMs: 0 },
    tokensPerDay: { used: 0 },
  })
})

test('answers that run count with what they may use, or have used', async () => {
  const { budgets } = setup({ tokensPerDay: 1_000 })
  const first = await budgets.enter({ owner: 'a' }, () => 600)
  const second = await budgets.enter({ owner: 'a' }, () => 600)
  const { message, details } = await refusal(budgets.enter({ owner: 'a' }, () => 1))
  expect(message).toContain('1000 tokens a day')
  expect(details.retryAfterMs).toBeLessThan(10_000)
  second.settle(10)
  let used = 0
  first.follow(() => used)
  await budgets.enter({ owner: 'a' }, () => 1).then((third) => third.cancel())
  used = 990
  await refusal(budgets.enter({ owner: 'a' }, () => 1))
  first.settle(995)
  expect((await budgets.status({ owner: 'a' })).tokensPerDay).toEqual({
    limit: 1_000,
    used: 1_005,
    resetMs: 12 * HOUR,
  })
  expect((await refusal(budgets.enter({ owner: 'a' }, none))).details.retryAfterMs).toBe(12 * HOUR)
})

test('the day changes at midnight in UTC, for answers that end after it', async () => {
  const { budgets, clock, reads } = setup({ tokensPerDay: 100 })
  clock.wall = Date.UTC(2026, 10, 27, 23, 59, 59, 999)
  const running = await budgets.enter({ owner: 'a' }, () => 1)
  ;(await budgets.enter({ owner: 'a' }, () => 1)).settle(100)
  expect((await refusal(budgets.enter({ owner: 'a' }, none))).details.retryAfterMs).toBe(1)
  clock.wall += 1
  running.settle(40)
  expect((await budgets.status({ owner: 'a' })).tokensPerDay).toMatchObject({ used: 40, resetMs: 24 * HOUR })
  // A day that has just begun is in no record.
  expect(reads).toEqual(['2026-11-27'])
  // A clock that jumps back finds the tokens of the day again.
  clock.wall -= HOUR
  await refusal(budgets.enter({ owner: 'a' }, none))
})

test('the tokens of a day are read from the records, once, and again when the clock jumps to another day', async () => {
  const { budgets, clock, reads } = setup(
    { tokensPerDay: 100 },
    {
      '2026-11-27': [
        { owner: 'a', key: '', tokens: 60 },
        { owner: 'a', key: 'k', tokens: 40 },
        { owner: 'b', key: 'k2', tokens: 99 },
      ],
      '2026-11-20': [{ owner: 'b', key: '', tokens: 100 }],
    },
  )
  await Promise.all([
    refusal(budgets.enter({ owner: 'a' }, none)),
    refusal(budgets.enter({ owner: 'a', keyId: 'k' }, none)),
    budgets.enter({ owner: 'b' }, none),
  ])
  expect(reads).toEqual(['2026-11-27'])
  clock.wall -= 7 * 24 * HOUR
  await refusal(budgets.enter({ owner: 'b' }, none))
  await budgets.enter({ owner: 'a' }, none)
  expect(reads).toEqual(['2026-11-27', '2026-11-20'])
})

test('records that cannot be read refuse the start, and are read again by the next', async () => {
  let failures = 1
  const tokensOn = () => (failures-- > 0 ? Promise.reject(new Error('gone')) : Promise.resolve([]))
  const budgets = new Budgets(NO_LIMITS, { tokensOn, ...unset })
  await expect(budgets.enter({ owner: 'a' }, none)).rejects.toThrow('gone')
  await budgets.enter({ owner: 'a' }, none)
})

test('an owner’s own budget counts in place of the default, a key’s beside its owner’s', async () => {
  const { budgets } = setup({ answersAtOnce: 1 })
  await budgets.set({ kind: 'owner', owner: 'a' }, { ...NO_LIMITS, answersAtOnce: 3 })
  await budgets.set({ kind: 'key', keyId: 'k' }, { ...NO_LIMITS, answersAtOnce: 1 })
  await budgets.enter({ owner: 'a', keyId: 'k' }, none)
  expect((await refusal(budgets.enter({ owner: 'a', keyId: 'k' }, none))).message).toMatch(/^This key/)
  expect((await budgets.status({ owner: 'a', keyId: 'k' })).answersAtOnce).toEqual({
    limit: 1,
    used: 1,
    resetMs: null,
  })
  await budgets.enter({ owner: 'a' }, none)
  await budgets.enter({ owner: 'a', keyId: 'other' }, none)
  expect((await refusal(budgets.enter({ owner: 'a', keyId: 'other' }, none))).message).toMatch(/^You/)
  await budgets.set({ kind: 'owner', owner: 'a' }, null)
  await budgets.set({ kind: 'default' }, { ...NO_LIMITS, answersAtOnce: 4 })
  await budgets.enter({ owner: 'a' }, none)
  await refusal(budgets.enter({ owner: 'a' }, none))
})
