/** Handler of error boundaries: writes the caught error, with its stack, to the browser's console. */
export const logBreak = (error: unknown): void =>
  console.error('A part of the page could not be drawn.', error)
