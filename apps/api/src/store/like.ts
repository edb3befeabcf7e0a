/** A pattern for `like … escape '\'` that matches `text` literally and anywhere. */
export const containing = (text: string): string =>
  `%${text.replace(/[\\%_]/g, (special) => `\\${special}`)}%`
