import { randomUUID } from 'node:crypto'
import { Client } from 'pg'
import { openDatabase, type StoreLocation } from '../store/database.ts'
import type { Database } from '../store/tables.ts'
import { TEST_DATABASE_URL } from './env.ts'

/** An empty place for a store, for one test. */
interface TestPlace extends AsyncDisposable {
  location: StoreLocation
}

/** The kinds of database that tests can use here. */
export const TEST_KINDS: readonly ('sqlite' | 'postgres')[] =
  TEST_DATABASE_URL === undefined ? ['sqlite'] : ['sqlite', 'postgres']

/** Makes an empty place: in memory, or a new database at `TEST_DATABASE_URL`, which is dropped in the end. */
async function testPlace(kind: (typeof TEST_KINDS)[number]): Promise<TestPlace> {
  if (kind === 'sqlite')
    return { location: { DATA_DIR: ':memory:' }, [Symbol.asyncDispose]: () => Promise.resolve() }
  const name = `slicechat_test_${randomUUID().replaceAll('-', '')}`
  await administer(`create database ${name} encoding 'UTF8' template template0`)
  const url = new URL(TEST_DATABASE_URL ?? '')
  url.pathname = `/${name}`
  return {
    location: { DATA_DIR: '', DATABASE_URL: url.href },
    [Symbol.asyncDispose]: () => administer(`drop database ${name} with (force)`),
  }
}

/** Opens an empty store, and a way to end it. */
export async function openTestDatabase(
  kind: (typeof TEST_KINDS)[number],
): Promise<{ database: Database; close: () => Promise<void> }> {
  const place = await testPlace(kind)
  const database = await openDatabase(place.location)
  const close = async (): Promise<void> => {
    await database.destroy()
    await place[Symbol.asyncDispose]()
  }
  return { database, close }
}

async function administer(statement: string): Promise<void> {
  const client = new Client({ connectionString: TEST_DATABASE_URL })
  await client.connect()
  try {
    await client.query(statement)
  } finally {
    await client.end()
  }
}
