const SIGNS: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }

/** Escapes text for HTML, between tags and in quoted attributes. */
export function escapeHtml(text: string): string {
  return text.replaceAll(/[&<>"']/g, (sign) => SIGNS[sign] ?? sign)
}

/** The address of a link if it may be followed from a chat. Relative addresses have no meaning here. */
export function safeHref(href: string): string | undefined {
  if (!URL.canParse(href)) return undefined
  const { protocol } = new URL(href)
  return ['http:', 'https:', 'mailto:'].includes(protocol) ? href : undefined
}

/** Escapes the text of Markdown: as `escapeHtml`, but entities that are written out stay as they are. */
export function escapeText(text: string): string {
  return text.replaceAll(/[<>"']|&(?!#\d{1,7};|#[Xx][\dA-Fa-f]{1,6};|\w+;)/g, escapeHtml)
}
