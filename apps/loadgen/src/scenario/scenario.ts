import { judgeConsistency } from './consistency.ts'
import { scenarioObject } from './parts.ts'

export const scenarioSchema = scenarioObject.superRefine(judgeConsistency)

export type { Scenario } from './parts.ts'
