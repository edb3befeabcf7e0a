import { checkConsistency } from './consistency.ts'
import { scenarioObject } from './parts.ts'

/** The schema of a scenario, with the checks between its parts. */
export const scenarioSchema = scenarioObject.superRefine(checkConsistency)

export type { Scenario } from './parts.ts'
