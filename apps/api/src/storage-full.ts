/** SQLite's error codes for a full volume: SQLITE_FULL for the file, SQLITE_IOERR_SHMSIZE for its shared memory. */
const FULL: ReadonlySet<unknown> = new Set([13, 4874])

/** PostgreSQL's SQLSTATE for a full volume. */
const DISK_FULL = '53100'

/** Whether an error of a database means that the store's volume is full. */
export function isFull(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  return ('errcode' in error && FULL.has(error.errcode)) || ('code' in error && error.code === DISK_FULL)
}
