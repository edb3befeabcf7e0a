import type { PlannedConversation } from './plan.ts'

/** A conversation and the moment at which it begins. */
export interface Arrival {
  readonly atMs: number
  readonly conversation: PlannedConversation
}

/** An arrival whose conversation is made on first access: a worker never makes those that other workers run. */
export function arrival(atMs: number, make: () => PlannedConversation): Arrival {
  let made: PlannedConversation | undefined
  return {
    atMs,
    get conversation() {
      return (made ??= make())
    },
  }
}
