import type { Coloured, Uncoloured } from './colouring.ts'
import { highlight, loadLanguage } from './languages.ts'

/** The part of a worker's `self` that is used here. */
interface Scope {
  onmessage: ((event: MessageEvent<Uncoloured>) => void) | null
  postMessage: (message: Coloured) => void
}
const scope = self as unknown as Scope

scope.onmessage = ({ data: { language, code } }) => {
  const colour = (there: boolean) => {
    scope.postMessage('loaded')
    scope.postMessage({ html: (there ? highlight(language, code) : null) ?? null })
  }
  loadLanguage(language).then(colour, () => colour(false))
}
