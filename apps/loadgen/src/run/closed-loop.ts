import type { ClosedPlan, PlannedConversation } from '../plan/plan.ts'
import type { LoopOptions } from './open-loop.ts'

/** After a failure a user waits, or a server that is gone would be asked thousands of times a second. */
const AFTER_FAILURE_MS = 1_000

/** Users who each begin the next conversation when one has ended, as many as the plan has at the moment. */
export function closedLoop(plan: ClosedPlan, { clock, timetable, crowd }: LoopOptions): void {
  const present = new Set<number>()
  const ordinals: number[] = []
  const prepared = new Map<number, PlannedConversation>()
  const changes = plan.changes()[Symbol.iterator]()
  let next = changes.next()

  const prepare = (index: number): PlannedConversation => {
    const ordinal = ordinals[index] ?? 0
    ordinals[index] = ordinal + 1
    return plan.conversation(index, ordinal)
  }
  const enter = (index: number, atMs: number): Promise<void> =>
    crowd.visit(async (user) => {
      const stays = (): boolean => !crowd.isClosing() && plan.usersAt(clock.now()) > index
      let intendedMs = atMs
      do {
        const conversation = prepared.get(index) ?? prepare(index)
        prepared.delete(index)
        // Made while the first answer is waited for, so that it delays nobody's start.
        setImmediate(() => prepared.set(index, prepare(index)))
        const { endedMs, failed } = await crowd.hold(user, conversation, intendedMs, stays)
        intendedMs = endedMs
        if (!failed) continue
        intendedMs += AFTER_FAILURE_MS
        await timetable.until(intendedMs)
      } while (stays())
      present.delete(index)
    })
  const change = (atMs: number): void => {
    if (crowd.isClosing()) return
    for (let index = 0; index < plan.usersAt(atMs); index++) {
      if (present.has(index)) continue
      present.add(index)
      // Each on its own: what one sends has left before the next one's start is timed.
      timetable.at(atMs, () => void enter(index, atMs))
    }
    schedule()
  }
  const schedule = (): void => {
    next = changes.next()
    if (next.done) return
    const atMs = next.value
    timetable.at(atMs, () => change(atMs))
  }
  for (let index = 0; index < plan.usersAt(0); index++) prepared.set(index, prepare(index))
  if (next.done) return
  const atMs = next.value
  timetable.at(atMs, () => change(atMs))
}
