import { hostname } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as sleep } from 'node:timers/promises'

/** SQLite's code for a lock that somebody else holds. */
const SQLITE_BUSY = 5

interface Holder {
  pid: number
  host: string
  since: string
}

/** Another process has the store. */
export class StoreInUse extends Error {
  override readonly name = 'StoreInUse'

  constructor(folder: string, holder: Holder | undefined) {
    const who = holder && ` (process ${holder.pid} on ${holder.host}, since ${holder.since})`
    super(
      `DATA_DIR=${folder} is in use by another API${who ?? ''}. Stop that one, or set DATA_DIR to another folder.`,
    )
  }
}

/** How long a store is waited for while another API has it, such as one that is just about to stop. */
export interface Patience {
  ms: number
  /** Called once, when there is something to wait for. */
  onWait: (inUse: StoreInUse) => void
}

/**
 * Takes a store for this process, until `close` or the process's end, a crash included.
 * @throws {StoreInUse} when another API has it for longer than that
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
 * SQLite holds the lock, in a database of its own: what holds it is the operating system's file lock, so that no stale file
 * or pid can be left. The transaction is never written to, and lets others read who has it.
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

/** Who has it, as far as it can be read: it may have come just now. */
function holderIn(database: DatabaseSync): Holder | undefined {
  try {
    return database.prepare('SELECT pid, host, since FROM holder').get() as Holder | undefined
  } catch {
    return undefined
  }
}
