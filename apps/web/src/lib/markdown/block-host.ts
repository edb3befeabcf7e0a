import { ChildrenView } from './block-view.ts'
import { Enricher } from './enricher.ts'
import { renderMath } from './math.ts'
import type { Rendering } from './rendering.ts'
import type { Block } from './syntax/blocks.ts'
import type { Ending } from './syntax/inline-settings.ts'
import type { References } from './syntax/references.ts'

/** Shows a top-level block in an element: at once with what is loaded, and improved later. */
export class BlockHost {
  readonly #host: Element
  readonly #enricher: Enricher
  readonly #missing = new Set<string>()
  #children: ChildrenView

  constructor(host: Element) {
    this.#host = host
    this.#enricher = new Enricher(host)
    this.#children = new ChildrenView(host)
  }

  /** Shows the block as it is now. @param definitions number of defined links */
  show(block: Block, references: References, definitions: number, ending: Ending): void {
    if (definitions > 0) this.#forgetIfDefined(references)
    const wants: Rendering['wants'] = new Set()
    this.#children.show([block], { references, ending, math: renderMath, missing: this.#missing, wants })
    if (wants.size > 0) this.#enricher.enrich(wants)
  }

  /** Cancels the improvements that are still to come. */
  stop(): void {
    this.#enricher.stop()
  }

  /** A link that is defined after its use changes the text around it, so the block is drawn anew. */
  #forgetIfDefined(references: References): void {
    const isDefined = this.#missing.values().some((label) => references.find(label) !== undefined)
    if (!isDefined) return
    this.#missing.clear()
    this.#host.replaceChildren()
    this.#children = new ChildrenView(this.#host)
  }
}
