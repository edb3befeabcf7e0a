import { inlineSettings, inlineSource, toHtml } from '../html.ts'
import type { Rendering } from '../rendering.ts'
import type { Block } from '../syntax/blocks.ts'
import { isContainer } from '../syntax/blocks.ts'
import { InlineText } from '../syntax/inline-text.ts'

const NAMED: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"' }

/**
 * HTML without the differences that the comparison ignores: line breaks and blanks, titles of links, `target` and
 * `rel`, written-out entities.
 */
export function comparable(html: string): string {
  return (
    html
      .replaceAll(/<img src="([^"]*)" alt="([^"]*)"[^>]*>/g, '<a href="$1">🖼 $2</a>')
      // Links lead to http, https and mailto only.
      .replaceAll(/<a href="(?!https?:|mailto:)[^"]*"[^>]*>(.*?)<\/a>/gs, '$1')
      .replaceAll(/ (?:title|target|rel|dir|class|data-language)="[^"]*"/g, '')
      .replaceAll(/<br ?\/?>/g, ' ')
      .replaceAll(/&(?:#39|(\w+));/g, (entity, name: string | undefined) =>
        name ? (NAMED[name] ?? entity) : "'",
      )
      .replaceAll(/(?:%[\dA-F]{2})+/g, (byte) => decodeURIComponent(byte))
      .replaceAll(/\s+/g, ' ')
      .replaceAll(/ ?(<\/?(?:p|h\d|ul|ol|li|blockquote|pre|hr ?\/?)(?: start="\d+")?>) ?/g, '$1')
      .trim()
  )
}

/** Blocks as the HTML that the CommonMark specification gives for them. */
export function specHtml(block: Block, rendering: Rendering, tight = false): string {
  const inner = isContainer(block)
    ? block.children
        .map((child) =>
          specHtml(child, rendering, block.type === 'item' ? tight : block.type === 'list' && block.tight),
        )
        .join('')
    : ''
  switch (block.type) {
    case 'quote':
      return `<blockquote>${inner}</blockquote>`
    case 'list': {
      const start = block.ordered && block.start !== 1 ? ` start="${block.start}"` : ''
      return block.ordered ? `<ol${start}>${inner}</ol>` : `<ul>${inner}</ul>`
    }
    case 'item':
      return `<li>${inner}</li>`
    case 'paragraph':
    case 'heading': {
      const text = new InlineText()
      text.update(inlineSource(block), inlineSettings(block, rendering), rendering.missing)
      const html = text.settled + text.tail
      if (block.type === 'heading') return `<h${block.depth}>${html}</h${block.depth}>`
      return tight ? `${html} ` : `<p>${html}</p>`
    }
    case 'code':
      return `<pre>${/<code.*<\/code>/s.exec(toHtml(block, rendering))?.[0] ?? ''}</pre>`
    case 'rule':
      return '<hr />'
    default:
      return inner
  }
}
