import { Client } from 'pg'
import { expect, test } from 'vitest'
import { freshDatabase } from '../testing/database.ts'
import { TEST_DATABASE_URL } from '../testing/env.ts'
import { fillLargeStore, RARE_WORD } from '../testing/large-store.ts'
import { readAll } from '../testing/reading.ts'
import { startStack } from '../testing/stack.ts'
import { openDatabase } from './database.ts'
import { SearchIndexer } from './search/indexer.ts'

/** Tables that grow with use. Those with a row for each person or limit may be read as a whole. */
const LARGE = ['conversations', 'generations', 'messages']

test('no call of a reader or a writer reads a large table from its beginning to its end', async () => {
  await using fresh = await freshDatabase(TEST_DATABASE_URL ?? '')
  const location = { DATA_DIR: '', DATABASE_URL: fresh.url }
  const database = await openDatabase(location)
  // Enough rows of others that PostgreSQL, which reads a table as a whole where it needs much of it, has a reason to use an index.
  await fillLargeStore(database, { owner: 'local', conversations: 300, messagesEach: 20 })
  await fillLargeStore(database, { owner: 'other', conversations: 3_000, messagesEach: 2 })
  await new SearchIndexer(database, () => undefined).fill()
  await database.destroy()
  await using reader = await connected(fresh.url)
  await reader.query('VACUUM ANALYZE')
  const before = await scans(reader)

  await using stack = await startStack({ env: { DATABASE_URL: fresh.url } })
  const client = stack.client()
  const { conversations } = client.api
  const { items, nextCursor } = await conversations.list.query({ limit: 30 })
  expect(items).toHaveLength(30)
  await conversations.list.query({ limit: 30, cursor: nextCursor ?? '' })
  expect((await conversations.list.query({ query: RARE_WORD })).items).toHaveLength(3)
  const id = items[7]?.id ?? ''
  expect((await conversations.get.query({ id })).messages).toHaveLength(20)
  await conversations.rename.mutate({ id, title: 'another' })
  const answer = client.send({ conversationId: id, content: '[[tokens=5]] more' })
  expect((await readAll(answer)).finished.reason).toBe('stop')
  const { generationId } = await answer.ids
  await readAll(stack.client().watch(generationId))
  await conversations.remove.mutate({ id: items[8]?.id ?? '' })
  // A connection reports what it did at the latest when it ends.
  await stack.drain()

  const after = await scans(reader)
  for (const table of LARGE) {
    expect((after[table]?.byIndex ?? 0) - (before[table]?.byIndex ?? 0), table).toBeGreaterThan(0)
    expect((after[table]?.whole ?? 0) - (before[table]?.whole ?? 0), table).toBe(0)
  }
}, 120_000)

/** How often each table was read as a whole, and by an index. */
async function scans(client: Client): Promise<Record<string, { whole: number; byIndex: number }>> {
  const { rows } = await client.query<{ name: string; whole: string; by_index: string }>(
    'SELECT relname AS name, seq_scan AS whole, idx_scan AS by_index FROM pg_stat_user_tables',
  )
  return Object.fromEntries(
    rows.map((row) => [row.name, { whole: Number(row.whole), byIndex: Number(row.by_index) }]),
  )
}

async function connected(url: string): Promise<Client & AsyncDisposable> {
  const client = new Client({ connectionString: url })
  await client.connect()
  return Object.assign(client, { [Symbol.asyncDispose]: () => client.end() })
}
