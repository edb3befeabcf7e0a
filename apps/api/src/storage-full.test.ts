import { DatabaseSync } from 'node:sqlite'
import { expect, test } from 'vitest'
import { unexpected } from './errors.ts'
import { sql } from 'kysely'
import { openDatabase } from './store/database.ts'

/** The error that SQLite throws for a statement. */
function thrownBy(database: DatabaseSync, statement: string): unknown {
  try {
    database.exec(statement)
  } catch (error) {
    return error
  }
  throw new Error(`${statement} did not fail.`)
}

test('a store without room is told from a defect', () => {
  using database = new DatabaseSync(':memory:')
  database.exec('CREATE TABLE t (content BLOB); PRAGMA max_page_count = 3')
  const full = unexpected(thrownBy(database, 'INSERT INTO t VALUES (zeroblob(100000))'))
  expect(full).toMatchObject({ code: 'STORAGE_FULL', retryable: true })
  expect(unexpected(thrownBy(database, 'INSERT INTO nowhere VALUES (1)')).code).toBe('INTERNAL')
  expect(unexpected(undefined).code).toBe('INTERNAL')
})

test('a transaction that the volume has no room for says so, and the store goes on', async () => {
  const database = await openDatabase({ DATA_DIR: ':memory:' })
  await sql`PRAGMA max_page_count = 60`.execute(database)
  const row = (content: string): Promise<unknown> =>
    database.transaction().execute((transaction) =>
      transaction
        .insertInto('conversations')
        .values({ id: content.slice(0, 5), owner: 'o', title: content, created_at: 'c', updated_at: 'u' })
        .execute(),
    )
  const error: unknown = await row('large'.repeat(100_000)).catch((reason: unknown) => reason)
  expect(unexpected(error).code).toBe('STORAGE_FULL')
  await row('small')
  await database.destroy()
})
