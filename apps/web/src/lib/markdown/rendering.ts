import type { Ending } from './syntax/inline-settings.ts'
import type { Html } from './syntax/pieces.ts'
import type { References } from './syntax/references.ts'

/** Renders a formula as MathML: `undefined` if that takes some time, `null` if its source is shown for good. */
export type RenderMath = (tex: string, display: boolean) => Html | undefined | null

/** How blocks are shown, and what is found while they are drawn. */
export interface Rendering {
  readonly references: References
  /** How the text ends, and with it the leaf that is still open. */
  readonly ending: Ending
  readonly math: RenderMath
  /** Labels of links that are not defined (yet). */
  readonly missing: Set<string>
  /** What the blocks contain that can be shown better later. */
  readonly wants: Set<'code' | 'math'>
}
