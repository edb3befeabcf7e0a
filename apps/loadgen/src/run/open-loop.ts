import type { OpenPlan, PlannedConversation } from '../plan/plan.ts'
import type { VirtualUsers } from './virtual-users.ts'
import type { Recorder } from './recorder.ts'
import type { RunClock } from './run-clock.ts'
import type { Scheduler } from './scheduler.ts'

export interface LoopOptions {
  readonly clock: RunClock
  readonly scheduler: Scheduler
  readonly recorder: Recorder
  readonly virtualUsers: VirtualUsers
}

/** Conversations are made this long before their time, so that making them delays no start. */
const AHEAD_MS = 100

/**
 * Starts conversations at the times of the plan, whatever the server does; the times never shift.
 * @returns resolves when the last has arrived; if this thread is busy, an arrival is late but not left out
 */
export function openLoop(
  plan: OpenPlan,
  { clock, scheduler, recorder, virtualUsers }: LoopOptions,
): Promise<void> {
  const arrivals = plan.arrivals()[Symbol.iterator]()
  let next = arrivals.next()
  let expected = 0

  const arrive = (atMs: number, conversation: PlannedConversation): void => {
    if (virtualUsers.isClosing()) return
    if (virtualUsers.present >= plan.maxUsers)
      return recorder.drop({ conversation: conversation.id, turn: 0, regenerated: false, intendedMs: atMs })
    void virtualUsers.runUser(async (user) => {
      await virtualUsers.runConversation(user, conversation, atMs, () => true)
    })
  }
  return new Promise((resolve) => {
    const prepare = (): void => {
      const horizon = clock.now() + AHEAD_MS
      for (; !next.done && next.value.atMs <= horizon; next = arrivals.next()) {
        const { atMs, conversation } = next.value
        expected++
        scheduler.at(atMs, () => {
          arrive(atMs, conversation)
          if (--expected === 0 && next.done) resolve()
        })
      }
      if (!next.done) scheduler.at(next.value.atMs - AHEAD_MS / 2, prepare)
      else if (expected === 0) resolve()
    }
    prepare()
  })
}
