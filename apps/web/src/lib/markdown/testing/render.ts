import { MarkdownDocument } from '../document.ts'
import { toHtml } from '../html.ts'
import type { Enrichment, Rendering } from '../rendering.ts'
import type { Ending } from '../syntax/inline-settings.ts'

/** Shows code and formulas as their source. */
const PLAIN: Enrichment = { highlight: () => null, math: () => null }

export function renderingOf(
  document: MarkdownDocument,
  ending: Ending,
  enrichment: Enrichment = PLAIN,
): Rendering {
  const { references } = document
  return { references, ending, enrichment, missing: new Set(), wants: new Set() }
}

/** Markdown as HTML, read at once. */
export function render(text: string, ending: Ending = 'whole', enrichment?: Enrichment): string {
  const document = new MarkdownDocument()
  const blocks = document.update(text, ending)
  const rendering = renderingOf(document, ending, enrichment)
  return blocks.map((block) => toHtml(block, rendering)).join('')
}
