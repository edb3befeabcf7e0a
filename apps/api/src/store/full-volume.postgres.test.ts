import { randomBytes, randomUUID } from 'node:crypto'
import { spawnSync } from 'node:child_process'
import { chownSync, mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Client } from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { freshDatabase } from '../testing/database.ts'
import { PostgresServer } from '../testing/postgres-server.ts'
import { readAll } from '../testing/reading.ts'
import { startStack } from '../testing/stack.ts'

const SIZE = '24m'
const folder = mkdtempSync(join(tmpdir(), 'slicechat-volume-'))
const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${SIZE}`, 'tmpfs', folder])
const hasVolume = mounted.status === 0
// Printed beside the skipped test, since a test runner need not say why it skipped.
if (!hasVolume) console.warn('No volume can be mounted here (only root can), so none is filled up.')

let server: PostgresServer
beforeAll(async () => {
  server = await PostgresServer.start()
  if (!hasVolume) return
  await using admin = await connected(server.url)
  const { rows } = await admin.query<{ data: string }>("SELECT current_setting('data_directory') AS data")
  // The server's user owns the folder too.
  const { uid, gid } = statSync(rows[0]?.data ?? '')
  const tables = join(folder, 'tables')
  mkdirSync(tables)
  for (const each of [folder, tables]) chownSync(each, uid, gid)
  await admin.query(`CREATE TABLESPACE small LOCATION '${tables}'`)
})
afterAll(async () => {
  await server[Symbol.asyncDispose]()
  if (hasVolume) spawnSync('umount', [folder])
  rmSync(folder, { recursive: true, force: true })
})

async function connected(url: string): Promise<Client & AsyncDisposable> {
  const client = new Client({ connectionString: url })
  await client.connect()
  return Object.assign(client, { [Symbol.asyncDispose]: () => client.end() })
}

test.skipIf(!hasVolume)(
  'a volume that is full refuses new messages, answers go on, and all is stored when there is room again',
  async () => {
    await using database = await freshDatabase(server.url)
    {
      await using admin = await connected(server.url)
      await admin.query(`ALTER DATABASE ${new URL(database.url).pathname.slice(1)} SET TABLESPACE small`)
    }
    await using stack = await startStack({ env: { DATABASE_URL: database.url }, simulator: { itlMs: 10 } })
    const client = stack.client()
    const answer = client.send({ content: '[[tokens=1500]] begun before' })
    const { conversationId } = await answer.ids
    await using other = await connected(database.url)
    await other.query('CREATE TABLE ballast (bytes bytea)')
    // Smaller and smaller pieces, until not one page more fits.
    for (const size of [1_000_000, 100_000, 6_000])
      for (;;) {
        const insert = other.query('INSERT INTO ballast VALUES ($1)', [randomBytes(size)])
        const code = await insert.then(
          () => undefined,
          (error: unknown) => (error as { code?: string }).code,
        )
        if (code === undefined) continue
        expect(code).toBe('53100')
        break
      }

    // A text that finds no place in the pages that are there.
    const content = `[[tokens=3]] ${randomBytes(60_000).toString('base64')}`
    await expect(
      client.api.conversations.send.mutate({ requestId: randomUUID(), content }),
    ).rejects.toMatchObject({ data: { code: 'STORAGE_FULL', httpStatus: 503, retryable: true } })
    const { text, finished } = await readAll(answer)
    expect(finished.reason).toBe('stop')
    expect((await client.api.system.status.query()).store).toBe('up')

    await other.query('DROP TABLE ballast')
    expect((await readAll(client.send({ content: '[[tokens=3]] again' }))).finished.reason).toBe('stop')
    await stack.drain()
    await using next = await startStack({ env: { DATABASE_URL: database.url } })
    const { messages } = await next.client().api.conversations.get.query({ id: conversationId })
    expect(messages[1]).toMatchObject({ content: text, generation: { status: 'finished', reason: 'stop' } })
  },
  120_000,
)
