import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { sql } from 'kysely'
import { Client } from 'pg'
import { expect, test } from 'vitest'
import { ApiProcess } from '../testing/api-process.ts'
import { freshDatabase, openTestDatabase } from '../testing/database.ts'
import { TEST_DATABASE_URL } from '../testing/env.ts'
import { fillLargeStore } from '../testing/large-store.ts'
import { environment } from '../testing/stack.ts'
import { until } from '../testing/until.ts'
import { openDatabase, type StoreLocation } from './database.ts'
import { GenerationStore } from './generations.ts'
import { readPage } from './page.ts'
import { SearchIndexer } from './search/indexer.ts'

const server = TEST_DATABASE_URL ?? ''
const NOBODY = 'http://127.0.0.1:9/v1'
const AT = '2026-11-27T08:00:00.000Z'

/** Runs a test with an empty store of each kind. */
const onBoth = (name: string, work: (location: StoreLocation) => Promise<void>): void =>
  test.each(['SQLite', 'PostgreSQL'])(
    `%s: ${name}`,
    async (kind) => {
      if (kind === 'PostgreSQL') {
        await using fresh = await freshDatabase(server)
        await work({ DATA_DIR: '', DATABASE_URL: fresh.url })
        return
      }
      const folder = mkdtempSync(join(tmpdir(), 'slicechat-'))
      try {
        await work({ DATA_DIR: folder })
      } finally {
        rmSync(folder, { recursive: true, force: true })
      }
    },
    120_000,
  )

const asEnvironment = ({ DATA_DIR, DATABASE_URL = '' }: StoreLocation): Record<string, string> =>
  environment(NOBODY, { DATA_DIR, DATABASE_URL })

onBoth('texts with characters that one of them cannot store keep their length', async (location) => {
  const database = await openDatabase(location)
  const store = new GenerationStore(database, 'embedded')
  const content = 'a\0b\ud83d\ude00\ud83d 天\0'
  await store.insert({ id: 'a', owner: 'o\0', requestId: 'r', params: { systemPrompt: '\0' } })
  await store.save([
    { id: 'a', content, reasoning: '', seq: 9, model: 'm', droppedMessages: 2, usage: undefined },
  ])
  const stored = await store.find('o\0', 'a')
  expect(stored?.content).toBe('a\ufffdb\ud83d\ude00\ufffd 天\ufffd')
  expect(stored?.content).toHaveLength(content.length)
  // JSON escapes it.
  expect(stored?.params.systemPrompt).toBe('\0')
  expect(stored?.state).toMatchObject({ status: 'running', seq: '9', model: 'm', droppedMessages: 2 })
  await database.destroy()
})

onBoth('ids and times are ordered by their bytes, and counts are numbers', async (location) => {
  const database = await openDatabase(location)
  const ids = ['b', 'B', 'a', 'Ä', 'ä', 'Z', '_', '-', '10', '9', '天']
  for (const id of ids)
    await database
      .insertInto('conversations')
      .values({ id, owner: 'o', title: id, created_at: AT, updated_at: AT })
      .execute()
  const select = database.selectFrom('conversations').select(['id', 'updated_at as at'])
  const read: string[] = []
  let cursor: string | null = null
  do {
    const page: { items: string[]; nextCursor: string | null } = await readPage(
      select,
      'updated_at',
      { cursor, limit: 3 },
      ({ id }) => id,
    )
    read.push(...page.items)
    cursor = page.nextCursor
  } while (cursor !== null)
  expect(read).toEqual(ids.toSorted((a, b) => Buffer.compare(Buffer.from(b), Buffer.from(a))))
  const { n } = await database
    .selectFrom('conversations')
    .select((each) => each.fn.countAll().as('n'))
    .executeTakeFirstOrThrow()
  expect(n).toBe(ids.length)
  await database.destroy()
})

onBoth('an API that is older than the tables does not touch them, and exits with 78', async (location) => {
  const database = await openDatabase(location)
  await sql`insert into kysely_migration values ('9999-newer', '2026-11-27T08:00:00.000Z')`.execute(database)
  await database.destroy()
  for (const args of [[], ['migrate']]) {
    await using api = new ApiProcess(asEnvironment(location), args)
    expect(await api.ended()).toBe(78)
    expect(api.output).toContain('9999-newer is not known to this one')
  }
})

onBoth('a migration that is killed in the middle leaves the tables as they were', async (location) => {
  await (await openDatabase(location)).destroy()
  const main = fileURLToPath(new URL('../testing/hanging-migration.ts', import.meta.url))
  const child = spawn(process.execPath, [main, JSON.stringify(location)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let output = ''
  child.stdout.on('data', (bytes: Buffer) => (output += bytes.toString()))
  await until(() => output.includes('half done'), 30_000)
  child.kill('SIGKILL')
  await once(child, 'exit')
  const patience = { ms: 20_000, onWait: () => undefined }
  const database = await openDatabase(location, { patience })
  await expect(sql`select * from half`.execute(database)).rejects.toThrow(/half/)
  await database.destroy()
})

test('several that migrate an empty database at once do it once', async () => {
  await using fresh = await freshDatabase(server)
  await using client = await connected(fresh.url)
  await client.query('DROP SCHEMA public CASCADE; CREATE SCHEMA public')
  const location = { DATA_DIR: '', DATABASE_URL: fresh.url }
  const processes = Array.from({ length: 3 }, () => new ApiProcess(asEnvironment(location), ['migrate']))
  expect(await Promise.all(processes.map((each) => each.ended()))).toEqual([0, 0, 0])
  const { rows } = await client.query<{ n: string }>(
    "SELECT count(*) AS n FROM kysely_migration WHERE name = '0001-first'",
  )
  expect(rows[0]?.n).toBe('1')
})

test('a table that is altered while statements are prepared for it breaks none of them', async () => {
  await using fresh = await freshDatabase(server)
  await using client = await connected(fresh.url)
  const database = await openDatabase({ DATA_DIR: '', DATABASE_URL: fresh.url })
  const all = (): Promise<unknown[]> =>
    database.selectFrom('conversations').selectAll().where('owner', '=', 'o').execute()
  await all()
  for (const column of ['x', 'y']) {
    await client.query(`ALTER TABLE conversations ADD COLUMN ${column} text`)
    expect(await all()).toEqual([])
  }
  await database.destroy()
})

test('a second API names the first, waits for it, and shows no password', async () => {
  await using fresh = await freshDatabase(server)
  const url = Object.assign(new URL(fresh.url), { password: 'very-secret' }).href
  const location = { DATA_DIR: '', DATABASE_URL: url }
  await using first = new ApiProcess(asEnvironment(location))
  await first.ready()
  await using impatient = new ApiProcess(asEnvironment(location))
  expect(await impatient.ended()).toBe(78)
  expect(impatient.output).toContain(`is in use by another API (process ${first.pid} on `)
  await using next = new ApiProcess({ ...asEnvironment(location), DRAIN_TIMEOUT_S: '60' })
  await until(() => next.output.includes('Waiting up to 60 s for it to stop.'))
  first.kill('SIGKILL')
  await next.ready()
  for (const { output } of [first, impatient, next]) expect(output).not.toContain('very-secret')
}, 120_000)

test.each([
  ['postgresql://postgres@127.0.0.1:1/x', 'cannot be reached'],
  ['postgresql://postgres:very-secret@HOST/no-such-database', 'no-such-database'],
  ['mysql://user:very-secret@host/x', 'DATABASE_URL: a URL such as postgresql://'],
])('a database that cannot be used is named at the start: %s', async (url, message) => {
  const DATABASE_URL = url.replace('HOST', new URL(server).host)
  await using api = new ApiProcess(asEnvironment({ DATA_DIR: '', DATABASE_URL }))
  expect(await api.ended()).toBe(78)
  expect(api.output).toContain(message)
  expect(api.output).not.toMatch(/very-secret|\n {4}at /)
})

async function connected(url: string): Promise<Client & AsyncDisposable> {
  const client = new Client({ connectionString: url })
  client.on('error', () => undefined)
  await client.connect()
  return Object.assign(client, { [Symbol.asyncDispose]: () => client.end() })
}

test('the planner knows nothing of grams, so that a common one is looked up in the index too', async () => {
  const database = await openTestDatabase('postgres')
  await fillLargeStore(database, { owner: 'ann', conversations: 20, messagesEach: 2 })
  await new SearchIndexer(database, () => undefined).fill()
  await sql`analyze search_documents`.execute(database)
  const { rows } = await sql<{ attname: string }>`
    select attname from pg_stats where tablename = 'search_documents'`.execute(database)
  const columns = rows.map(({ attname }) => attname)
  expect(columns).toContain('size')
  expect(columns).not.toContain('grams')
  await database.destroy()
})
