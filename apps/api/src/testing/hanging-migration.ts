// Migrates a store with a further migration that does half of its work and then waits for ever, to be killed meanwhile.
import { Kysely, PostgresDialect } from 'kysely'
import { join } from 'node:path'
import { Pool } from 'pg'
import type { StoreLocation } from '../store/database.ts'
import { migrateToLatest } from '../store/migrate.ts'
import { MIGRATIONS } from '../store/migrations/index.ts'
import { connectSqlite } from '../store/sqlite.ts'
import type { Tables } from '../store/tables.ts'

const { DATA_DIR, DATABASE_URL } = JSON.parse(process.argv[2] ?? '{}') as StoreLocation
const database =
  DATABASE_URL === undefined
    ? connectSqlite(join(DATA_DIR, 'slicechat.db'))
    : new Kysely<Tables>({
        dialect: new PostgresDialect({ pool: new Pool({ connectionString: DATABASE_URL }) }),
      })
const hanging = {
  async up(db: Kysely<unknown>) {
    await db.schema.createTable('half').addColumn('id', 'integer').execute()
    console.log('half done')
    await new Promise((resolve) => setTimeout(resolve, 600_000))
  },
}
await migrateToLatest(database, { ...MIGRATIONS, '9998-hanging': hanging })
