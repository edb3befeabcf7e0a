import type { InlineFormula } from './formulas.ts'
import type { Html } from './pieces.ts'
import type { References } from './references.ts'

/** How a text ends: complete, still growing, or broken off before its writer was done. */
export type Ending = 'whole' | 'growing' | 'brokenOff'

export interface InlineSettings {
  readonly references: References
  readonly ending: Ending
  /** Renders a formula as HTML. */
  readonly formula: (formula: InlineFormula) => Html
}
