/** SQLite's error codes for a full volume: SQLITE_FULL for the file, SQLITE_IOERR_SHMSIZE for its shared memory. */
const FULL: ReadonlySet<unknown> = new Set([13, 4874])

/** Whether an error of `node:sqlite` means that the store's volume is full. */
export function isFull(error: unknown): boolean {
  return error instanceof Error && 'errcode' in error && FULL.has(error.errcode)
}
