import type { InlineFormula } from './formulas.ts'
import type { Html } from './pieces.ts'
import type { References } from './references.ts'

/** How a text ends: as it was meant to, not yet, or where its writer did not mean to end. */
export type Ending = 'whole' | 'growing' | 'brokenOff'

export interface InlineSettings {
  readonly references: References
  readonly ending: Ending
  /** A formula as HTML. */
  readonly formula: (formula: InlineFormula) => Html
}
