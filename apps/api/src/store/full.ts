/** Codes of SQLite for a volume without room, for the file itself and for its shared memory. */
const FULL: ReadonlySet<unknown> = new Set([13, 4874])

/** Whether an error of `node:sqlite` says that the store's volume is full. */
export function isFull(error: unknown): boolean {
  return error instanceof Error && 'errcode' in error && FULL.has(error.errcode)
}
