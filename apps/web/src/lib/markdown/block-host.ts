import { ChildrenView } from './block-view.ts'
import { enrichment, loadFor } from './enricher.ts'
import type { Block } from './syntax/blocks.ts'
import type { Ending } from './syntax/inline-settings.ts'
import type { References } from './syntax/references.ts'

/** Shows a top-level block in an element, and loads what it needs. */
export class BlockHost {
  readonly #host: Element
  #children: ChildrenView
  readonly #missing = new Set<string>()
  readonly #loading = new Map<string, () => void>()

  constructor(host: Element) {
    this.#host = host
    this.#children = new ChildrenView(host)
  }

  /** Shows the block as it is now. @param definitions how many links are defined */
  show(block: Block, references: References, definitions: number, ending: Ending): void {
    if (definitions > 0) this.#forgetIfDefined(references)
    const wants = new Set<string>()
    this.#children.show([block], { references, ending, enrichment, missing: this.#missing, wants })
    for (const name of wants) {
      if (!this.#loading.has(name)) this.#loading.set(name, loadFor(this.#host, name))
    }
  }

  /** Calls off what is still to come. */
  stop(): void {
    for (const callOff of this.#loading.values()) callOff()
  }

  /** A link that is defined after it was used makes another text of it. */
  #forgetIfDefined(references: References): void {
    const isDefined = this.#missing.values().some((label) => references.find(label) !== undefined)
    if (!isDefined) return
    this.#missing.clear()
    this.#host.replaceChildren()
    this.#children = new ChildrenView(this.#host)
  }
}
