import { judgeConsistency } from './consistency.ts'
import { type Scenario, scenarioObject } from './parts.ts'

export const scenarioSchema = scenarioObject.superRefine(judgeConsistency)

/** Times between arrivals. */
export type ArrivalProcess = NonNullable<Scenario['arrivals']>
export type { ConversationModel } from './conversation.ts'
export type { Executor } from './executor.ts'
export type { Scenario } from './parts.ts'
