/** What an error boundary does with what it caught, besides showing less: the browser's log has the stack. */
export const logBreak = (error: unknown): void =>
  console.error('A part of the page could not be drawn.', error)
