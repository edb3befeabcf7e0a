import { whenIdle } from '../idle.ts'
import { colour } from './colouring.ts'
import { loadMath, renderMath } from './math.ts'
import type { Rendering } from './rendering.ts'
import { texOf } from './rich-html.ts'

/** Improves an element when the browser is idle: colours code, and renders formulas that could not be shown at once. */
export class Enricher {
  readonly #host: Element
  readonly #coloured = new WeakSet<Element>()
  #callOff: (() => void) | undefined
  #stopped = false

  constructor(host: Element) {
    this.#host = host
  }

  enrich(wants: Rendering['wants']): void {
    if (wants.has('code')) this.#colourAll()
    // A failed download is ignored: it is only decoration, and the text is shown without it.
    if (wants.has('math')) loadMath().then(() => this.#whenIdle(), ignored)
  }

  /** Cancels what is still to come. */
  stop(): void {
    this.#stopped = true
    this.#callOff?.()
  }

  #colourAll(): void {
    for (const code of this.#host.querySelectorAll('code[data-language]')) {
      if (this.#coloured.has(code)) continue
      this.#coloured.add(code)
      const language = code.getAttribute('data-language') ?? ''
      void colour(language, code.textContent).then((html) => {
        if (html !== null && !this.#stopped) whenIdle(() => (code.innerHTML = html))
      })
    }
  }

  #whenIdle(): void {
    if (this.#stopped) return
    this.#callOff?.()
    this.#callOff = whenIdle(() => this.#showFormulas())
  }

  #showFormulas(): void {
    for (const math of this.#host.querySelectorAll('.math[data-math]')) {
      const html = renderMath(texOf(math.textContent), math.classList.contains('display'))
      if (html === undefined) return this.#whenIdle()
      math.removeAttribute('data-math')
      if (html !== null) math.innerHTML = html
    }
  }
}

const ignored = () => undefined
