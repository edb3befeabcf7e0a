import { randomUUID } from 'node:crypto'
import { CompiledQuery } from 'kysely'
import { afterAll, expect, test } from 'vitest'
import { fillLargeStore } from '../testing/large-store.ts'
import { watchQueries } from '../testing/seen-queries.ts'
import { ConversationStore } from './conversations.ts'
import { openDatabase } from './database.ts'
import { Retention } from './retention.ts'
import { SearchIndexer } from './search/indexer.ts'

const database = await openDatabase({ DATA_DIR: ':memory:' })
const { database: watched, take } = watchQueries(database)
const store = new ConversationStore(watched)

await fillLargeStore(database, { owner: 'ann', conversations: 50, messagesEach: 4 })
await new SearchIndexer(database, () => undefined).fill()
afterAll(() => database.destroy())

/** How the database finds the rows of the queries that were sent. */
async function plans(): Promise<string[]> {
  const lines: string[] = []
  for (const { sql, parameters } of take()) {
    if (!/^\s*(?:select|delete|update)/i.test(sql)) continue
    const explained = CompiledQuery.raw(`explain query plan ${sql}`, [...parameters])
    const { rows } = await database.executeQuery<{ detail: string }>(explained)
    lines.push(...rows.map(({ detail }) => detail))
  }
  expect(lines.length).toBeGreaterThan(0)
  return lines
}

const [some] = (await store.list('ann', { limit: 1 })).items
const id = some?.id ?? ''

const calls: [string, () => Promise<unknown>][] = [
  ['list', () => store.list('ann', { limit: 30 })],
  [
    'a later page',
    () => store.list('ann', { limit: 30, cursor: `2026-01-01T00:00:00.000Z~${randomUUID()}` }),
  ],
  ['a search for one character', () => store.list('ann', { query: '中', limit: 30 })],
  ['a search for a word', () => store.list('ann', { query: 'word', limit: 30 })],
  [
    'a later page of a search',
    () => store.list('ann', { query: '中文', limit: 30, cursor: `2026-01-01T00:00:00.000Z~${randomUUID()}` }),
  ],
  ['open', () => store.messages(id)],
  ['the conversation of a message', () => store.ofMessage('ann', id).catch(() => undefined)],
  [
    'send',
    () =>
      store.transaction(async (transaction) => {
        await store.touch(transaction, 'ann', id).catch(() => undefined)
        await store.newest(transaction, id)
        await store.has(transaction, id, id)
      }),
  ],
  ['rename', () => store.rename('ann', id, 'title').catch(() => undefined)],
  ['index', () => new SearchIndexer(watched, () => undefined).fill()],
  [
    'retention',
    () =>
      new Retention(watched, {
        conversationDays: 1,
        runDays: 1,
        onConversation: () => undefined,
        onRun: () => undefined,
      }).sweep(0),
  ],
]

test.each(calls)('%s reads no table from its beginning to its end, and sorts nothing', async (_, call) => {
  take()
  await call()
  for (const line of await plans()) {
    // An index that has all columns is read in its order, up to the end of the page.
    if (/^SCAN/.test(line)) expect(line).toMatch(/USING (?:COVERING )?INDEX|VIRTUAL TABLE|SCAN \(?subquery/)
    expect(line).not.toMatch(/USE TEMP B-TREE/)
  }
})

test('conversations to be indexed are found without a look at those that are', async () => {
  take()
  await new SearchIndexer(watched, () => undefined).fill()
  const lines = (await plans()).filter((line) => /^(?:SCAN|SEARCH) conversations\b/.test(line))
  expect(lines.length).toBeGreaterThan(1)
  for (const line of lines) expect(line).toContain('conversations_to_index')
})

test.each([
  ['400 conversations that a search finds', 400, '第'],
  ['10,000 conversations', 10_000, ''],
])(
  '%s of one owner come in one order, each once, though many were used at the same time',
  async (_, count, query) => {
    const owner = `owner of ${count}`
    const rows = Array.from({ length: count }, (__, number) => {
      const at = new Date(Date.UTC(2026, 0, 1) + Math.floor(number / 250) * 1_000).toISOString()
      return { id: randomUUID(), owner, title: `第${number}个`, created_at: at, updated_at: at }
    })
    for (let from = 0; from < rows.length; from += 500)
      await database
        .insertInto('conversations')
        .values(rows.slice(from, from + 500))
        .execute()
    if (query !== '') await new SearchIndexer(database, () => undefined).fill()
    const order = (row: { id: string; updated_at: string }): string => `${row.updated_at} ${row.id}`
    const expected = rows.toSorted((one, other) => (order(one) < order(other) ? 1 : -1)).map((row) => row.id)
    const listed: string[] = []
    for (let cursor: string | null | undefined; cursor !== null;) {
      const page = await store.list(owner, { query, cursor, limit: 100 })
      listed.push(...page.items.map((item) => item.id))
      cursor = page.nextCursor
    }
    expect(listed).toEqual(expected)
  },
)
