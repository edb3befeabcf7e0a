import { hostname } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as sleep } from 'node:timers/promises'

/** SQLite's error code for a lock that another connection holds. */
const SQLITE_BUSY = 5

interface Holder {
  pid: number
  host: string
  since: string
}

/** Thrown when another process has the store open. */
export class StoreInUse extends Error {
  declare private readonly brand: never
  override readonly name = 'StoreInUse'

  constructor(folder: string, holder: Holder | undefined) {
    const who = holder && ` (process ${holder.pid} on ${holder.host}, since ${holder.since})`
    super(
      `DATA_DIR=${folder} is in use by another API${who ?? ''}. Stop that one, or set DATA_DIR to another folder.`,
    )
  }
}

/** How long to wait for a store that another API has open, for example one that is about to stop. */
export interface Patience {
  ms: number
  /** Called once, when the waiting begins. */
  onWait: (inUse: StoreInUse) => void
}

/**
 * Locks a store for this process. The lock ends with `close` or with the process, even if it crashes.
 * @throws {StoreInUse} when another API keeps the store open for longer than `patience.ms`
 */
export async function lockStore(folder: string, patience: Patience): Promise<{ close: () => void }> {
  const deadline = performance.now() + patience.ms
  let waiting = false
  for (;;) {
    try {
      return tryLock(folder)
    } catch (error) {
      if (!(error instanceof StoreInUse) || performance.now() >= deadline) throw error
      if (!waiting) patience.onWait(error)
      waiting = true
    }
    await sleep(100)
  }
}

/**
 * The lock is an open write transaction in a separate SQLite database. It rests on a file lock of the operating system,
 * so that no stale file or pid can remain. Nothing is written in the transaction, so that others can read who holds
 * the lock.
 * @throws {StoreInUse}
 */
function tryLock(folder: string): { close: () => void } {
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
    throw holder === false ? error : new StoreInUse(folder, holder)
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
