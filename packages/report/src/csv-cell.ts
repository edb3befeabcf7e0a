import { visible } from '@slicechat/run/format'

/** What a spreadsheet takes for the beginning of a formula, including full-width forms, even after blanks. */
const FORMULA = /^\s*[=+\-@\t\r＝＋－＠]/

/**
 * A text as a cell of CSV (RFC 4180). Servers write some of these texts: one that a spreadsheet would take for a
 * formula gets an apostrophe in front, and control characters are shown.
 */
export function csvCell(text: string): string {
  const lines = text.split(/(\r\n|[\r\n])/).map((part, index) => (index % 2 === 1 ? part : visible(part)))
  const safe = FORMULA.test(text) ? `'${lines.join('')}` : lines.join('')
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}
