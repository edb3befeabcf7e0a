/** One message of a planned conversation, and what its user does. */
export interface PlannedTurn {
  readonly content: string
  /** Milliseconds from the end of the previous answer; 0 for the first message. */
  readonly thinkMs: number
  /** Maximum tokens of the answer; `undefined`: the server's default. */
  readonly maxTokens: number | undefined
  /** Milliseconds after sending at which the user gives up, unless the answer has ended. */
  readonly abandonAfterMs: number | undefined
  /** The user has the answer generated again when it is complete. */
  readonly regenerate: boolean
}

export interface PlannedConversation {
  /** The same in every run with the same scenario and seed. */
  readonly id: string
  readonly systemPrompt: string | undefined
  readonly turns: readonly [PlannedTurn, ...PlannedTurn[]]
}

/**
 * What a run will do, decided by scenario and seed alone. An open plan gives the start time of each
 * conversation, whatever the server does. A closed plan gives the number of users; each of them begins the
 * next conversation when one has ended.
 */
export type Plan = OpenPlan | ClosedPlan

interface PlanBase {
  /** Milliseconds from the first to the last moment at which a conversation may begin. */
  readonly durationMs: number
}

/** Messages to print before the run. */
export const remarksOf = (plan: Plan): readonly string[] => (plan.kind === 'open' ? (plan.remarks ?? []) : [])

export interface OpenPlan extends PlanBase {
  readonly kind: 'open'
  /** Most conversations at once; an arrival beyond them is dropped, and counted. */
  readonly maxUsers: number
  /** Messages to print before the run, such as the number of rows of a trace that were left out. */
  readonly remarks?: readonly string[]
  /** In ascending order of `atMs`, made on demand. */
  arrivals(): Iterable<{ readonly atMs: number; readonly conversation: PlannedConversation }>
}

export interface ClosedPlan extends PlanBase {
  readonly kind: 'closed'
  /** How many users there are at a moment; 0 outside the plan. */
  usersAt(ms: number): number
  /** Moments at which `usersAt` may change, ascending, 0 first. */
  changes(): Iterable<number>
  /** The `ordinal`-th conversation of a user; users are numbered from 0. */
  conversation(user: number, ordinal: number): PlannedConversation
}
