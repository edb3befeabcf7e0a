/**
 * Characters that a terminal obeys or a reader cannot see: control characters (C0, DEL, C1), line separators, marks
 * that turn the direction of text around, characters without width, tags, halves of surrogate pairs. Line feed and
 * tab are not among them. With such characters a server could clear the screen, or make one name look like another.
 */
const HIDDEN =
  // eslint-disable-next-line no-control-regex -- control characters are what this finds
  /[\0-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\u{e0000}-\u{e007f}\p{Cs}]/gu
const NAMED: Readonly<Record<string, string>> = { '\n': '\\n', '\t': '\\t', '\r': '\\r' }

/** Escapes as in JSON, so that JSON text which is escaped once more means the same. */
const escaped = (hidden: string): string =>
  NAMED[hidden] ??
  hidden
    .split('')
    .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
    .join('')

/** Makes text of several lines safe for a terminal: hidden characters are shown, such as `\u001b` for an escape. */
export const visible = (text: string): string => text.replace(HIDDEN, escaped)

/** The same for text on one line: line feeds and tabs are shown too, as `\n` and `\t`. */
export const visibleLine = (text: string): string => visible(text).replace(/[\n\t]/g, escaped)
