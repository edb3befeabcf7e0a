import { NO_PATIENCE, type Patience, patiently, type StoreInUse } from './lock.ts'
import { openSqlite } from './sqlite.ts'
import type { Database } from './tables.ts'

/**
 * The instance of the API that uses a store. It is the same one after each restart, since the lock lets no other API
 * have the store. Instances that share a database would need a name each.
 */
export const EMBEDDED_INSTANCE = 'embedded'

/** Where a store is. */
export interface StoreLocation {
  /** Folder of the SQLite store; it is made if absent. `:memory:` stores nothing on disk. */
  DATA_DIR: string
  /** A PostgreSQL database in place of that. */
  DATABASE_URL?: string | undefined
}

/** How a store is opened, and what may happen to it then. */
export interface OpenOptions {
  /** How long to wait for another process that has the store open, and for a database that does not answer yet. */
  patience?: Patience
  /** Called when the connection to the database is lost (`false`), and when the store can be used again. */
  onUsable?: (usable: boolean) => void
  /** Called when another API has taken the store after an outage. This one must stop. */
  onTaken?: (by: StoreInUse) => void
}

/**
 * Opens a store and migrates its tables. Until it is closed, no other process can open it.
 * @throws {StoreInUse} when another process does not close it in time
 * @throws {StoreUnavailable} when the database does not answer in time
 * @throws {StoreUnfit} when a newer API has migrated it, or the server is too old
 * @throws when the folder cannot be written or a migration fails
 */
export async function openDatabase(
  { DATA_DIR, DATABASE_URL }: StoreLocation,
  { patience = NO_PATIENCE, onUsable = () => undefined, onTaken = () => undefined }: OpenOptions = {},
): Promise<Database> {
  if (DATABASE_URL === undefined) return openSqlite(DATA_DIR, patience)
  // Loaded only where it is used, since it would lengthen every other start.
  const { openPostgres } = await import('./postgres.ts')
  return openPostgres(DATABASE_URL, patience, { onUsable, onTaken })
}

/**
 * Brings the tables of a store up to date. With SQLite no API may have it open; with PostgreSQL one may go on.
 * @throws see `openDatabase`
 */
export async function migrateStore(
  { DATA_DIR, DATABASE_URL }: StoreLocation,
  patience: Patience,
): Promise<void> {
  if (DATABASE_URL === undefined) return (await openSqlite(DATA_DIR, patience)).destroy()
  const { migratePostgres } = await import('./postgres.ts')
  await patiently(() => migratePostgres(DATABASE_URL), patience)
}
