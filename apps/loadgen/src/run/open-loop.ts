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

/** Conversations are made this much before their time, so that making them delays nobody. */
const AHEAD_MS = 100

/** Arrivals as the plan has them, whatever the server does: the times come from the plan and never slip. */
export function openLoop(plan: OpenPlan, { clock, timetable, recorder, crowd }: LoopOptions): void {
  const arrivals = plan.arrivals()[Symbol.iterator]()
  let next = arrivals.next()

  const arrive = (atMs: number, conversation: PlannedConversation): void => {
    if (crowd.isClosing()) return
    if (crowd.present >= plan.maxUsers)
      return recorder.drop({ conversation: conversation.id, turn: 0, regenerated: false, intendedMs: atMs })
    void crowd.visit(async (user) => {
      await crowd.hold(user, conversation, atMs, () => true)
    })
  }
  const prepare = (): void => {
    if (crowd.isClosing()) return
    for (
      const horizon = clock.now() + AHEAD_MS;
      !next.done && next.value.atMs <= horizon;
      next = arrivals.next()
    ) {
      const { atMs, conversation } = next.value
      timetable.at(atMs, () => arrive(atMs, conversation))
    }
    if (!next.done) timetable.at(next.value.atMs - AHEAD_MS / 2, prepare)
  }
  prepare()
}
