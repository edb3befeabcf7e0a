/**
 * Thrown when the database cannot be reached, ends the connection or lets a statement wait for too long. What the
 * statement, or a COMMIT, was to change may have been changed all the same.
 */
export class StoreUnavailable extends Error {
  declare private readonly brand: never
  override readonly name = 'StoreUnavailable'
}

/** SQLite's primary error codes for a database or a table that is locked: SQLITE_BUSY and SQLITE_LOCKED. */
const SQLITE_LOCKED: ReadonlySet<number> = new Set([5, 6])

/** Whether an error of the store is expected to end without a change of the API or of the call. */
export const isUnavailable = (error: unknown): boolean =>
  error instanceof StoreUnavailable ||
  (error instanceof Error &&
    'errcode' in error &&
    typeof error.errcode === 'number' &&
    SQLITE_LOCKED.has(error.errcode & 0xff))
