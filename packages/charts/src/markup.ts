const ENTITIES: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}
/** Characters that XML 1.0 cannot represent: control characters, lone surrogates, and two non-characters. */
const UNWRITABLE = /[^\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]/gu
/** Characters that turn the direction of text around, with which one label could look like another. */
const DIRECTION = /[\u{202a}-\u{202e}\u{2066}-\u{2069}]/gu

/** Escapes a text for HTML and XML, between tags or in a quoted attribute. */
export function escapeText(text: string): string {
  return text
    .replace(UNWRITABLE, '\u{fffd}')
    .replace(DIRECTION, '')
    .replace(/[&<>"']/g, (character) => ENTITIES[character] ?? '')
}

/** A text cut to `longest` characters, with an ellipsis if something is missing. */
export function shorten(text: string, longest: number): string {
  const characters = Array.from(text)
  return characters.length <= longest ? text : `${characters.slice(0, longest - 1).join('')}…`
}

/** A pixel coordinate with one decimal, which is all that the eye needs. */
export function px(value: number): string {
  return String(Math.round(value * 10) / 10)
}
