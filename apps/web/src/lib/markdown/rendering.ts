import type { Ending } from './syntax/inline-settings.ts'
import type { Html } from './syntax/pieces.ts'
import type { References } from './syntax/references.ts'

/** A formula as MathML: `undefined` where that takes some time, `null` where its source is shown for good. */
export type RenderMath = (tex: string, display: boolean) => Html | undefined | null

/** How blocks are shown, and what is found out while they are. */
export interface Rendering {
  readonly references: References
  /** How the text ends, and with it the leaf that is open. */
  readonly ending: Ending
  readonly math: RenderMath
  /** Labels of links that are not defined (yet). */
  readonly missing: Set<string>
  /** What the blocks hold that can be shown better in a while. */
  readonly wants: Set<'code' | 'math'>
}
