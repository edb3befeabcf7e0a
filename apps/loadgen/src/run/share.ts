import type { Plan, PlannedConversation } from '../plan/plan.ts'

/** The `index`-th of `count` equal parts of a load, counted from 0. */
export interface Share {
  readonly index: number
  readonly count: number
}

/** A part of a part: worker `inner` of shard `outer`. */
export const subShare = (outer: Share, inner: Share): Share => ({
  index: outer.index + inner.index * outer.count,
  count: outer.count * inner.count,
})

/** How many of `total` things belong to this share. */
const countIn = (total: number, { index, count }: Share): number =>
  Math.max(0, Math.floor((total - index + count - 1) / count))

/** The part of a plan that belongs to a share: each arrival and each user is in exactly one, by its number. */
export function planShare(plan: Plan, share: Share): Plan {
  if (share.count === 1) return plan
  if (plan.kind === 'closed')
    return {
      ...plan,
      usersAt: (ms) => countIn(plan.usersAt(ms), share),
      conversation: (user, ordinal) => plan.conversation(user * share.count + share.index, ordinal),
    }
  return {
    ...plan,
    maxUsers: countIn(plan.maxUsers, share),
    *arrivals(): Generator<{ readonly atMs: number; readonly conversation: PlannedConversation }> {
      let index = 0
      for (const arrival of plan.arrivals()) if (index++ % share.count === share.index) yield arrival
    },
  }
}
