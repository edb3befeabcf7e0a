import { existsSync, mkdirSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { Kysely } from 'kysely'
import { Migrator } from 'kysely/migration'
import { lockStore, type Patience } from './lock.ts'
import { MIGRATIONS } from './migrations/index.ts'
import { openSqlite } from './sqlite.ts'
import type { Database, Tables } from './tables.ts'

/**
 * The instance of the API that uses an embedded store. It is the same one after each restart, since the lock lets no
 * other API have the store. Instances that share a database would need a name each.
 */
export const EMBEDDED_INSTANCE = 'embedded'

/** Makes a folder and its parents. Node's recursive `mkdir` never returns on a file system that cannot make folders. */
function makeFolder(folder: string): void {
  if (existsSync(folder)) return
  makeFolder(dirname(resolve(folder)))
  mkdirSync(folder)
}

/**
 * Opens the embedded store and migrates its tables. Until it is closed, no other process can open it.
 * @param folder folder of `slicechat.db`; it is made if absent. `:memory:` stores nothing on disk.
 * @param patience how long to wait for another process that has the store open
 * @throws {StoreInUse} when the other process does not close it in time
 * @throws when the folder cannot be written or a migration fails
 */
export async function openDatabase(
  folder: string,
  patience: Patience = { ms: 0, onWait: () => undefined },
): Promise<Database> {
  const kept = folder !== ':memory:'
  if (kept) makeFolder(folder)
  const lock = kept ? await lockStore(folder, patience) : undefined
  const path = kept ? join(folder, 'slicechat.db') : folder
  const database: Database = new Kysely<Tables>({ dialect: openSqlite(path, () => lock?.close()) })
  const migrator = new Migrator({
    db: database,
    provider: { getMigrations: () => Promise.resolve(MIGRATIONS) },
  })
  const { error } = await migrator.migrateToLatest()
  if (error !== undefined) {
    await database.destroy()
    throw error instanceof Error ? error : new Error('migration failed', { cause: error })
  }
  return database
}
