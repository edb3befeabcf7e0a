/** A pattern for `like … escape '\'` that finds a text anywhere, whatever characters are in it. */
export const containing = (text: string): string =>
  `%${text.replace(/[\\%_]/g, (special) => `\\${special}`)}%`
