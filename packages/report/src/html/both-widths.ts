import { html, Markup } from './template.ts'

const WIDE = 940
const NARROW = 360

/**
 * A chart drawn for screen and paper, and for a phone. The page shows one of them, so that texts keep their size.
 */
export function bothWidths(draw: (options: { width: number }) => string): Markup {
  return html`<div class="card">
    <div class="wide">${new Markup(draw({ width: WIDE }))}</div>
    <div class="narrow">${new Markup(draw({ width: NARROW }))}</div>
  </div>`
}
