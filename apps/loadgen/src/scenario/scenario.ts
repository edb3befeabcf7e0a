import { checkConsistency } from './consistency.ts'
import { scenarioObject } from './parts.ts'

export const scenarioSchema = scenarioObject.superRefine(checkConsistency)

export type { Scenario } from './parts.ts'
