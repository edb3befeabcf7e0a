import { escapeHtml, escapeText, safeHref } from '../escape.ts'
import type { Address } from './autolinks.ts'
import type { Embed, Html, Tag } from './pieces.ts'

const ELSEWHERE = 'target="_blank" rel="noopener noreferrer nofollow"'

/** The tags of a link. A link with an address that `safeHref` refuses becomes plain text. */
export function linkTags(href: string, source: string): [Tag, Tag] {
  const target = safeHref(href)
  const open = target === undefined ? '' : `<a href="${escapeHtml(target)}" ${ELSEWHERE}>`
  const close = target === undefined ? '' : '</a>'
  return [
    { kind: 'open', html: open, isLink: true, source: '[' },
    { kind: 'close', html: close, isLink: true, source },
  ]
}

/** An image becomes a link to it: the page fetches nothing that a model names. */
export function image(href: string, alt: string): Embed {
  const plain = `🖼 ${escapeText(alt.trim() || 'Image')}`
  const target = safeHref(href)
  if (target === undefined) return { kind: 'embed', html: plain, plain }
  const title = 'Images from elsewhere are not loaded. Open it in a new tab.'
  const html = `<a class="image" href="${escapeHtml(target)}" title="${title}" ${ELSEWHERE}>${plain}</a>`
  return { kind: 'embed', html, plain }
}

export function addressLink({ href, shown }: Address): Embed {
  const plain = escapeHtml(shown)
  const target = safeHref(href)
  const html = target === undefined ? plain : `<a href="${escapeHtml(target)}" ${ELSEWHERE}>${plain}</a>`
  return { kind: 'embed', html, plain }
}

/**
 * Inline code. Line ends become blanks, and one blank on both sides is dropped, since it only keeps backticks apart.
 */
export function codeSpan(source: string): Html {
  const code = source.replaceAll('\n', ' ')
  const padded = code.startsWith(' ') && code.endsWith(' ') && code.trim() !== ''
  return `<code dir="ltr">${escapeHtml(padded ? code.slice(1, -1) : code)}</code>`
}
