import { hostname } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { type Holder, StoreInUse } from './lock.ts'

/** SQLite's error code for a lock that another connection holds. */
const SQLITE_BUSY = 5

/**
 * Locks a folder for this process. The lock ends with `close` or with the process, even if it crashes.
 *
 * The lock is an open write transaction in a separate SQLite database. It rests on a file lock of the operating system,
 * so that no stale file or pid can remain. Nothing is written in the transaction, so that others can read who holds
 * the lock.
 * @throws {StoreInUse}
 */
export function lockFolder(folder: string): { close: () => void } {
  const database = new DatabaseSync(join(folder, 'slicechat.lock'))
  try {
    database.exec('BEGIN IMMEDIATE; CREATE TABLE IF NOT EXISTS holder (pid INTEGER, host TEXT, since TEXT)')
    database.exec('DELETE FROM holder')
    const since = new Date().toISOString()
    database.prepare('INSERT INTO holder VALUES (?, ?, ?)').run(process.pid, hostname(), since)
    database.exec('COMMIT; BEGIN IMMEDIATE')
    return { close: () => database.close() }
  } catch (error) {
    const holder = (error as { errcode?: number }).errcode === SQLITE_BUSY && holderIn(database)
    database.close()
    throw holder === false
      ? error
      : new StoreInUse(`DATA_DIR=${folder}`, holder, 'set DATA_DIR to another folder')
  }
}

/** The process that holds the lock; `undefined` if it cannot be read, for example because the lock was just taken. */
function holderIn(database: DatabaseSync): Holder | undefined {
  try {
    return database.prepare('SELECT pid, host, since FROM holder').get() as Holder | undefined
  } catch {
    return undefined
  }
}
