import { codeHtml, codeTags, formulaHtml, formulaSource } from './rich-html.ts'
import type { Block, Leaf, Paragraph, Row, Table } from './syntax/blocks.ts'
import { isContainer } from './syntax/blocks.ts'
import type { InlineSettings } from './syntax/inline-settings.ts'
import { InlineText } from './syntax/inline-text.ts'
import type { Html } from './syntax/pieces.ts'
import type { Rendering } from './rendering.ts'

/**
 * A block as HTML that can do no harm: every tag is written here or in `syntax`, and HTML in the source becomes text.
 */
export function toHtml(block: Block, rendering: Rendering): Html {
  const [open, close] = tagsOf(block, rendering)
  if (!isContainer(block)) return open + leafHtml(block, rendering) + close
  let html = open
  for (const child of block.children) html += toHtml(child, rendering)
  return html + close
}

/** The tags around the content of a block. All except `class="tight"` stay the same while it grows. */
export function tagsOf(block: Block, rendering: Rendering): [Html, Html] {
  switch (block.type) {
    case 'root':
      return ['', '']
    case 'quote':
      return ['<blockquote dir="auto">', '</blockquote>']
    case 'list': {
      const tight = block.tight ? ' class="tight"' : ''
      const start = block.start === 1 ? '' : ` start="${block.start}"`
      return block.ordered ? [`<ol${start}${tight}>`, '</ol>'] : [`<ul${tight}>`, '</ul>']
    }
    case 'item':
      return ['<li dir="auto">', '</li>']
    case 'table':
      return tableTags(block, rendering)
    case 'row':
      return ['<tr>', '</tr>']
    case 'paragraph':
      // With a `dir` of its own, a paragraph would not count for the direction of its quote or item.
      return [`<p${block.nested ? '' : ' dir="auto"'}>${checkbox(block)}`, '</p>']
    case 'heading': {
      // The first two levels belong to the page's own headings.
      const level = Math.min(block.depth + 2, 6)
      return [`<h${level} dir="auto" data-depth="${block.depth}">`, `</h${level}>`]
    }
    case 'code':
      return codeTags(block)
    case 'formula':
      return ['<div>', '</div>']
    case 'rule':
      return ['<hr>', '']
  }
}

/** The HTML inside the tags of a leaf. */
export function leafHtml(block: Leaf, rendering: Rendering): Html {
  switch (block.type) {
    case 'paragraph':
    case 'heading': {
      const text = new InlineText()
      text.update(inlineSource(block), inlineSettings(block, rendering), rendering.missing)
      return text.settled + text.tail
    }
    case 'row':
      return rowHtml('td', block, rendering)
    case 'code':
      return codeHtml(block, rendering)
    case 'formula':
      return formulaHtml(formulaSource(block), rendering)
    case 'rule':
      return ''
  }
}

export function inlineSource(block: Paragraph | { text: string }): string {
  return 'lines' in block ? block.lines.join('\n').trimEnd() : block.text
}

export function inlineSettings({ open }: { open: boolean }, rendering: Rendering): InlineSettings {
  const { references, ending } = rendering
  return {
    references,
    ending: open ? ending : 'whole',
    formula: (formula) => formulaHtml(formula, rendering),
  }
}

function checkbox({ task }: Paragraph): Html {
  if (task === undefined) return ''
  return `<input type="checkbox" disabled=""${task ? ' checked=""' : ''}> `
}

function rowHtml(
  tag: 'th' | 'td',
  { cells, aligns, open }: Pick<Row, 'cells' | 'aligns' | 'open'>,
  rendering: Rendering,
): Html {
  let html = ''
  cells.forEach((cell, i) => {
    const text = new InlineText()
    const isLast = i === cells.length - 1
    text.update(cell, inlineSettings({ open: open && isLast }, rendering), rendering.missing)
    const align = aligns[i] === undefined ? '' : ` align="${aligns[i]}"`
    // The header cells decide the table's direction, and cells without letters follow it.
    const direction = tag === 'td' && /\p{L}/u.test(cell) ? ' dir="auto"' : ''
    html += `<${tag}${align}${direction}>${text.settled}${text.tail}</${tag}>`
  })
  // One cell stands for all missing ones: otherwise a wide header over many short rows would become far more
  // HTML than text.
  const lacking = aligns.length - cells.length
  if (lacking > 0) html += lacking === 1 ? `<${tag}></${tag}>` : `<${tag} colspan="${lacking}"></${tag}>`
  return html
}

function tableTags({ head, aligns }: Table, rendering: Rendering): [Html, Html] {
  const row = rowHtml('th', { cells: head, aligns, open: false }, rendering)
  return [
    `<div class="table" role="region" aria-label="Table" tabindex="0"><table dir="auto"><thead><tr>${row}</tr></thead><tbody>`,
    '</tbody></table></div>',
  ]
}
