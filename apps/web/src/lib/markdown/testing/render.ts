import { MarkdownDocument } from '../document.ts'
import { toHtml } from '../html.ts'
import type { RenderMath, Rendering } from '../rendering.ts'
import type { Ending } from '../syntax/inline-settings.ts'

/** Shows formulas as their source. */
const plain: RenderMath = () => null

export function renderingOf(document: MarkdownDocument, ending: Ending, math = plain): Rendering {
  const { references } = document
  return { references, ending, math, missing: new Set(), wants: new Set() }
}

/** Markdown as HTML, read at once. */
export function render(text: string, ending: Ending = 'whole'): string {
  const document = new MarkdownDocument()
  const blocks = document.update(text, ending)
  const rendering = renderingOf(document, ending)
  return blocks.map((block) => toHtml(block, rendering)).join('')
}
