import { whenIdle } from '../idle.ts'
import { highlight, loadLanguage } from './languages.ts'
import { loadMath, renderMath } from './math.ts'
import type { Enrichment } from './rendering.ts'
import { MATH } from './rendering.ts'
import { texOf } from './rich-html.ts'

export const enrichment: Enrichment = { highlight, math: renderMath }

/** Shows in an element what could not be shown well until something was loaded. */
function enrich(host: Element): void {
  for (const code of host.querySelectorAll('code[data-language]')) {
    const html = highlight(code.getAttribute('data-language') ?? '', code.textContent)
    if (html === undefined) continue
    code.removeAttribute('data-language')
    if (html !== null) code.innerHTML = html
  }
  for (const math of host.querySelectorAll('.math[data-math]')) {
    const html = renderMath(texOf(math.textContent), math.classList.contains('display'))
    if (html === undefined) continue
    math.removeAttribute('data-math')
    if (html !== null) math.innerHTML = html
  }
}

/** Loads something that an element wants and shows it then, when nothing else is to do. Returns how to call that off. */
export function loadFor(host: Element, name: string): () => void {
  let callOff: (() => void) | undefined
  let over = false
  const load = name === MATH ? loadMath() : loadLanguage(name)
  // What cannot be fetched is only decoration: the text is there without it.
  void load.then(
    (there) => {
      // One block at a time: in a long conversation hundreds wait for the same.
      if (there && !over) callOff = whenIdle(() => enrich(host))
    },
    () => undefined,
  )
  return () => {
    over = true
    callOff?.()
  }
}
