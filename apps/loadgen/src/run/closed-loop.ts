import type { ClosedPlan, PlannedConversation } from '../plan/plan.ts'
import type { LoopOptions } from './open-loop.ts'

/** How long a user waits after a failure; else a dead server would be asked thousands of times a second. */
const AFTER_FAILURE_MS = 1_000

/** Runs as many users as the plan has at each moment; each begins the next conversation when one has ended. */
export function closedLoop(plan: ClosedPlan, { clock, scheduler, virtualUsers }: LoopOptions): void {
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
  const startUser = (index: number, atMs: number): Promise<void> =>
    virtualUsers.runUser(async (user) => {
      const isPlanned = (): boolean => !virtualUsers.isClosing() && plan.usersAt(clock.now()) > index
      let intendedMs = atMs
      do {
        const conversation = prepared.get(index) ?? prepare(index)
        prepared.delete(index)
        // The next conversation is made while the first answer is awaited, so that making it delays no start.
        setImmediate(() => prepared.set(index, prepare(index)))
        const { endedMs, failed } = await virtualUsers.runConversation(
          user,
          conversation,
          intendedMs,
          isPlanned,
        )
        intendedMs = endedMs
        if (!failed) continue
        intendedMs += AFTER_FAILURE_MS
        await scheduler.until(intendedMs)
      } while (isPlanned())
      present.delete(index)
    })
  const adjust = (atMs: number): void => {
    if (virtualUsers.isClosing()) return
    for (let index = 0; index < plan.usersAt(atMs); index++) {
      if (present.has(index)) continue
      present.add(index)
      // Each on its own: what one user sends has left before the next user's start is timed.
      scheduler.at(atMs, () => void startUser(index, atMs))
    }
    schedule()
  }
  const schedule = (): void => {
    next = changes.next()
    if (next.done) return
    const atMs = next.value
    scheduler.at(atMs, () => adjust(atMs))
  }
  for (let index = 0; index < plan.usersAt(0); index++) prepared.set(index, prepare(index))
  if (next.done) return
  const atMs = next.value
  scheduler.at(atMs, () => adjust(atMs))
}
