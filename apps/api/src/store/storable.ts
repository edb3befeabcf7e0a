/**
 * What a database keeps of a value. PostgreSQL cannot store U+0000 in text, and SQLite's functions take it for the end of
 * one, so it is replaced in both. The replacement has the length of the original, since positions of a generation's log
 * count UTF-16 code units. A lone surrogate becomes the same character when either driver encodes the text as UTF-8.
 */
export const storable = (value: unknown): unknown =>
  typeof value === 'string' && value.includes('\0') ? value.replaceAll('\0', '\uFFFD') : value
