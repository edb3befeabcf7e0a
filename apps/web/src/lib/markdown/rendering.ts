import type { Ending } from './syntax/inline-settings.ts'
import type { Html } from './syntax/pieces.ts'
import type { References } from './syntax/references.ts'

/** What may be loaded later to show a block in full. */
export interface Enrichment {
  /** Coloured code: `undefined` while that is not loaded, `null` where it never will be. */
  highlight: (language: string, code: string) => Html | undefined | null
  /** A formula as MathML, in the same way. */
  math: (tex: string, display: boolean) => Html | undefined | null
}

/** How blocks are shown, and what is found out while they are. */
export interface Rendering {
  readonly references: References
  /** How the text ends, and with it the leaf that is open. */
  readonly ending: Ending
  readonly enrichment: Enrichment
  /** Labels of links that are not defined (yet). */
  readonly missing: Set<string>
  /** Languages of code and `MATH` that the blocks would show better if they were loaded. */
  readonly wants: Set<string>
}

/** A name for what `wants` math rendering; no language of code can have it. */
export const MATH = '$math'
