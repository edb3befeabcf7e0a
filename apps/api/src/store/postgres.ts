import { Kysely, PostgresDialect, sql } from 'kysely'
import { type LockEvents, PostgresLock } from './postgres-lock.ts'
import { connectionTo, describeDatabase } from './postgres-connection.ts'
import { PreparingPool } from './postgres-pool.ts'
import type { Patience } from './lock.ts'
import { migrateToLatest } from './migrate.ts'
import type { Database, Tables } from './tables.ts'
import { StoreUnfit } from './unfit.ts'

/** Connections to the database. A statement takes about a millisecond, so few are in use at once. */
const MAX_CONNECTIONS = 10
/** No time-outs for migrations, which may rewrite large tables. */
const UNHURRIED = { statement_timeout: 0, query_timeout: 0, idle_in_transaction_session_timeout: 0 }
/** The oldest server that is tested, as `server_version_num` has it. */
const MIN_VERSION = 150_000

/**
 * Opens a PostgreSQL database for this process alone, and migrates its tables.
 * @throws {StoreInUse | StoreUnavailable} after `patience`
 * @throws {StoreUnfit}
 */
export async function openPostgres(url: string, patience: Patience, events: LockEvents): Promise<Database> {
  const lock = await PostgresLock.take(url, patience, events)
  try {
    await migratePostgres(url)
  } catch (error) {
    await lock.close()
    throw error
  }
  const pool = new PreparingPool(
    { ...connectionTo(url), max: MAX_CONNECTIONS },
    () => lock.held,
    () => lock.close(),
  )
  const database = new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) })
  // Kysely closes the pool, and with it the lock, only once it has used it.
  await sql`select 1`.execute(database)
  return database
}

/**
 * Migrates the tables, over a connection on which statements may take as long as they need. An API may use the database
 * meanwhile; another process that migrates waits for this one.
 * @throws {StoreUnfit}
 */
export async function migratePostgres(url: string): Promise<void> {
  const config = { ...connectionTo(url), ...UNHURRIED, max: 1 }
  const pool = new PreparingPool(
    config,
    () => true,
    () => Promise.resolve(),
  )
  const database: Database = new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) })
  try {
    await checkServer(database, describeDatabase(url))
    await migrateToLatest(database)
  } finally {
    await database.destroy()
  }
}

/** @throws {StoreUnfit} when the server is too old, or stores less than Unicode */
async function checkServer(database: Database, name: string): Promise<void> {
  const { rows } = await sql<{ version: string; encoding: string }>`
    select current_setting('server_version_num') as version, current_setting('server_encoding') as encoding
  `.execute(database)
  const { version = '0', encoding = '' } = rows[0] ?? {}
  if (Number(version) < MIN_VERSION)
    throw new StoreUnfit(
      `${name} is of PostgreSQL ${Math.trunc(Number(version) / 10_000)}; 15 or newer is needed.`,
    )
  if (encoding !== 'UTF8')
    throw new StoreUnfit(`${name} has the encoding ${encoding}; create one with the encoding UTF8.`)
}
