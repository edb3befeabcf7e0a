import type { OpenPlan, PlannedConversation } from '../plan/plan.ts'
import type { Crowd } from './crowd.ts'
import type { Recorder } from './recorder.ts'
import type { RunClock } from './run-clock.ts'
import type { Timetable } from './timetable.ts'

export interface LoopOptions {
  readonly clock: RunClock
  readonly timetable: Timetable
  readonly recorder: Recorder
  readonly crowd: Crowd
}

/** Conversations are made this long before their time, so that making them delays no start. */
const AHEAD_MS = 100

/**
 * Starts conversations at the times of the plan, whatever the server does; the times never shift.
 * @returns resolves when the last has arrived; if this thread is busy, an arrival is late but not left out
 */
export function openLoop(plan: OpenPlan, { clock, timetable, recorder, crowd }: LoopOptions): Promise<void> {
  const arrivals = plan.arrivals()[Symbol.iterator]()
  let next = arrivals.next()
  let expected = 0

  const arrive = (atMs: number, conversation: PlannedConversation): void => {
    if (crowd.isClosing()) return
    if (crowd.present >= plan.maxUsers)
      return recorder.drop({ conversation: conversation.id, turn: 0, regenerated: false, intendedMs: atMs })
    void crowd.visit(async (user) => {
      await crowd.hold(user, conversation, atMs, () => true)
    })
  }
  return new Promise((resolve) => {
    const prepare = (): void => {
      const horizon = clock.now() + AHEAD_MS
      for (; !next.done && next.value.atMs <= horizon; next = arrivals.next()) {
        const { atMs, conversation } = next.value
        expected++
        timetable.at(atMs, () => {
          arrive(atMs, conversation)
          if (--expected === 0 && next.done) resolve()
        })
      }
      if (!next.done) timetable.at(next.value.atMs - AHEAD_MS / 2, prepare)
      else if (expected === 0) resolve()
    }
    prepare()
  })
}
