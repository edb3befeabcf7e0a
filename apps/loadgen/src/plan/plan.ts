/** One message of a planned conversation, and what its user will do. */
export interface PlannedTurn {
  readonly content: string
  /** Milliseconds from the end of the answer before it; 0 for the first. */
  readonly thinkMs: number
  /** Most tokens of the answer; `undefined`: the server's default. */
  readonly maxTokens: number | undefined
  /** The user gives up so long after sending, if the answer has not ended. */
  readonly abandonAfterMs: number | undefined
  /** The user has the answer made again once it is there. */
  readonly regenerate: boolean
}

export interface PlannedConversation {
  /** The same in every run with the same scenario and seed. */
  readonly id: string
  readonly systemPrompt: string | undefined
  readonly turns: readonly [PlannedTurn, ...PlannedTurn[]]
}

/**
 * What a run will do, decided by scenario and seed alone. An open plan says when conversations begin, whatever the
 * server does; a closed one how many users there are, each of whom begins the next conversation when one has ended.
 */
export type Plan = OpenPlan | ClosedPlan

interface PlanBase {
  /** Milliseconds from the first to the last moment at which anything may begin. */
  readonly durationMs: number
}

/** What is to be said of a plan before it runs. */
export const remarksOf = (plan: Plan): readonly string[] => (plan.kind === 'open' ? (plan.remarks ?? []) : [])

export interface OpenPlan extends PlanBase {
  readonly kind: 'open'
  /** Conversations at once; an arrival beyond it is dropped, and counted. */
  readonly maxUsers: number
  /** What is to be said of it before it runs, such as rows of a trace that were left out. */
  readonly remarks?: readonly string[]
  /** In ascending order of `atMs`; made as they are asked for. */
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
