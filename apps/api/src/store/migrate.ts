import { type Kysely, sql } from 'kysely'
import { DEFAULT_MIGRATION_TABLE, type Migration, Migrator } from 'kysely/migration'
import { MIGRATIONS } from './migrations/index.ts'
import type { Database } from './tables.ts'
import { StoreUnfit } from './unfit.ts'

/**
 * Brings the tables up to date in one transaction, so that a process which is killed meanwhile leaves them as they were. A second
 * process that begins at the same time waits for the first.
 * @throws {StoreUnfit} when a newer API has migrated them further
 */
export async function migrateToLatest(
  database: Database,
  migrations: Readonly<Record<string, Migration>> = MIGRATIONS,
): Promise<void> {
  const unknown = (await migrated(database)).find((name) => !(name in migrations))
  if (unknown !== undefined)
    throw new StoreUnfit(
      `The store was migrated by a newer version of the API (${unknown} is not known to this one). Start that version, or restore the backup from before.`,
    )
  const provider = { getMigrations: () => Promise.resolve({ ...migrations }) }
  const { error } = await new Migrator({ db: database, provider }).migrateToLatest()
  if (error === undefined) return
  throw error instanceof Error ? error : new Error('migration failed', { cause: error })
}

/** Names of the migrations that a store has seen, oldest first. */
async function migrated<T>(database: Kysely<T>): Promise<string[]> {
  const tables = await database.introspection.getTables({ withInternalKyselyTables: true })
  if (!tables.some(({ name }) => name === DEFAULT_MIGRATION_TABLE)) return []
  const { rows } = await sql<{ name: string }>`
    select name from ${sql.table(DEFAULT_MIGRATION_TABLE)} order by name
  `.execute(database)
  return rows.map(({ name }) => name)
}
