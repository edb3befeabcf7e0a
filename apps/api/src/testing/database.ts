import { createHash, randomUUID } from 'node:crypto'
import { Client } from 'pg'
import type { DatabaseKind } from '../store/database-kind.ts'
import { openDatabase, migrateStore } from '../store/database.ts'
import { NO_PATIENCE } from '../store/lock.ts'
import { MIGRATIONS } from '../store/migrations/index.ts'
import type { Database } from '../store/tables.ts'
import { ON_POSTGRES, TEST_DATABASE_URL } from './env.ts'

/** What the names of all databases of tests begin with. */
const PREFIX = 'slicechat_test_'

/** A database of a test's own. It is dropped with its `await using` block. */
export interface FreshDatabase extends AsyncDisposable {
  url: string
}

/** Runs statements on a server. */
async function onServer(server: string, work: (client: Client) => Promise<void>): Promise<void> {
  const client = new Client({ connectionString: server })
  await client.connect()
  try {
    await work(client)
  } finally {
    await client.end()
  }
}

const urlOf = (server: string, name: string): string =>
  Object.assign(new URL(server), { pathname: `/${name}` }).href

/**
 * Makes a database with all tables. It is a copy of a template, which is migrated once for each server.
 * @param key names a database that is made once, and found again by the same key
 */
export async function freshDatabase(
  server: string,
  key = randomUUID().replaceAll('-', ''),
): Promise<FreshDatabase> {
  const version = createHash('sha256').update(Object.keys(MIGRATIONS).join()).digest('hex').slice(0, 12)
  const template = `${PREFIX}template_${version}`
  const name = `${PREFIX}${key}`
  await onServer(server, async (client) => {
    // Test files that begin at the same time make the template once.
    await client.query('SELECT pg_advisory_lock(1)')
    const exists = async (database: string): Promise<boolean> =>
      (await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [database])).rowCount !== 0
    if (!(await exists(template))) {
      await client.query(`CREATE DATABASE ${template}_new ENCODING 'UTF8' TEMPLATE template0`)
      await migrateStore({ DATA_DIR: '', DATABASE_URL: urlOf(server, `${template}_new`) }, NO_PATIENCE)
      await client.query(`ALTER DATABASE ${template}_new RENAME TO ${template}`)
    }
    if (!(await exists(name))) await client.query(`CREATE DATABASE ${name} TEMPLATE ${template}`)
  })
  return {
    url: urlOf(server, name),
    [Symbol.asyncDispose]: () =>
      onServer(server, async (client) => void (await client.query(`DROP DATABASE ${name} WITH (FORCE)`))),
  }
}

/** Drops all databases of tests on a server. */
export async function dropTestDatabases(server: string): Promise<void> {
  await onServer(server, async (client) => {
    const { rows } = await client.query<{ name: string }>(
      `SELECT datname AS name FROM pg_database WHERE datname LIKE '${PREFIX.replaceAll('_', '\\_')}%'`,
    )
    for (const { name } of rows) await client.query(`DROP DATABASE ${name} WITH (FORCE)`)
  })
}

/** The kinds of database that tests can use here. */
export const TEST_KINDS: readonly DatabaseKind[] =
  TEST_DATABASE_URL === undefined ? ['sqlite'] : ['sqlite', 'postgres']

/** Opens an empty store of a test's own: SQLite in memory, or a PostgreSQL database that is dropped when it is closed. */
export async function openTestDatabase(kind: DatabaseKind): Promise<Database> {
  if (kind === 'sqlite' || TEST_DATABASE_URL === undefined) return openDatabase({ DATA_DIR: ':memory:' })
  const fresh = await freshDatabase(TEST_DATABASE_URL)
  const database = await openDatabase({ DATA_DIR: '', DATABASE_URL: fresh.url })
  const close = database.destroy.bind(database)
  database.destroy = async () => {
    await close()
    await fresh[Symbol.asyncDispose]()
  }
  return database
}

/** Opens an empty store of the kind that the whole suite runs on. */
export const openSuiteDatabase = (): Promise<Database> =>
  openTestDatabase(ON_POSTGRES ? 'postgres' : 'sqlite')
