import { expect, test } from 'vitest'
import { arrivals, conversation, users } from '../testing/short-run.ts'
import { planShare, subShare } from './share.ts'

const idsOf = (plan: ReturnType<typeof planShare>): string[] =>
  plan.kind === 'open'
    ? [...plan.arrivals()].map((arrival) => arrival.conversation.id)
    : Array.from({ length: plan.usersAt(0) }, (_, user) => plan.conversation(user, 0).id)

test.each([1, 2, 3, 7, 12])('%i shares have each arrival and each user once', (count) => {
  const shares = Array.from({ length: count }, (_, index) => ({ index, count }))
  const open = arrivals({ count: 10, everyMs: 5, maxUsers: 10 })
  const closed = users(10, 100, (user) => conversation(`u${user}`))
  for (const plan of [open, closed]) {
    const parts = shares.map((share) => idsOf(planShare(plan, share)))
    expect(parts.flat().sort()).toEqual(idsOf(plan).sort())
    const sizes = parts.map(({ length }) => length)
    expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1)
  }
  const most = shares
    .map((share) => planShare(open, share))
    .map((plan) => (plan.kind === 'open' ? plan.maxUsers : 0))
  expect(most.reduce((sum, one) => sum + one)).toBe(10)
})

test('workers of shards share as so many shards would', () => {
  const inner = [0, 1, 2].flatMap((outer) =>
    [0, 1].map((index) => subShare({ index: outer, count: 3 }, { index, count: 2 })),
  )
  expect(inner.map(({ count }) => count)).toEqual([6, 6, 6, 6, 6, 6])
  expect(inner.map(({ index }) => index).sort()).toEqual([0, 1, 2, 3, 4, 5])
})
