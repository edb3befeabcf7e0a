import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openDatabase } from '../../apps/api/src/store/database.ts'
import type { Database } from '../../apps/api/src/store/tables.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'store-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

/** Runs a script as `kubectl exec` does: from its text, since the image does not contain its file. */
function runScript(name: string, input?: Buffer) {
  const text = readFileSync(join(import.meta.dirname, '../../deploy/store', name), 'utf8')
  const args = ['--no-warnings', '--input-type=module', '-e', text]
  const run = spawnSync(process.execPath, args, { env: { DATA_DIR: folder }, input, maxBuffer: 2 ** 26 })
  return { code: run.status, stdout: run.stdout, stderr: run.stderr.toString() }
}

const at = '2026-11-27T08:00:00.000Z'
const add = (database: Database, id: string) =>
  database
    .insertInto('conversations')
    .values({ id, owner: 'local', title: id, created_at: at, updated_at: at })
    .execute()
async function titles(): Promise<string[]> {
  const database = await openDatabase({ DATA_DIR: folder })
  const rows = await database.selectFrom('conversations').select('title').orderBy('title').execute()
  await database.destroy()
  return rows.map(({ title }) => title)
}

test('a copy that was made while the API ran is restored, and nothing else is taken for one', async () => {
  const database = await openDatabase({ DATA_DIR: folder })
  await add(database, 'first')
  // The rows are still in the write-ahead log only; a copy of the database file would lack them.
  const copied = runScript('backup.mjs')
  expect(copied).toMatchObject({ code: 0, stderr: '' })
  expect(readdirSync(folder)).not.toContain('backup.db')
  await add(database, 'second')

  expect(runScript('restore.mjs', copied.stdout)).toMatchObject({
    code: 78,
    stderr: expect.stringContaining('in use') as string,
  })
  await database.destroy()

  for (const broken of [
    copied.stdout.subarray(0, copied.stdout.length / 2),
    Buffer.from('no database'),
    Buffer.alloc(0),
  ])
    expect(runScript('restore.mjs', broken)).toMatchObject({
      code: 65,
      stderr: expect.stringContaining('Nothing was changed') as string,
    })
  expect(await titles()).toEqual(['first', 'second'])

  expect(runScript('restore.mjs', copied.stdout)).toMatchObject({ code: 0 })
  expect(await titles()).toEqual(['first'])
  expect(existsSync(join(folder, 'before-restore.db'))).toBe(true)
  expect(existsSync(join(folder, 'restored.db'))).toBe(false)
})

test('a log that a crash left behind goes with its own store', async () => {
  const kept = await openDatabase({ DATA_DIR: folder })
  await add(kept, 'kept')
  const copied = runScript('backup.mjs')
  await kept.destroy()
  // A process that ends without closing the database leaves its write-ahead log.
  const crash = `
    import { DatabaseSync } from 'node:sqlite'
    const store = new DatabaseSync(${JSON.stringify(join(folder, 'slicechat.db'))})
    store.exec("INSERT INTO conversations VALUES ('x', 'local', 'lost', '${at}', '${at}')")
    process.kill(process.pid, 'SIGKILL')`
  spawnSync(process.execPath, ['--no-warnings', '--input-type=module', '-e', crash])
  expect(existsSync(join(folder, 'slicechat.db-wal'))).toBe(true)
  expect(runScript('restore.mjs', copied.stdout)).toMatchObject({ code: 0 })
  expect(await titles()).toEqual(['kept'])
  expect(existsSync(join(folder, 'before-restore.db-wal'))).toBe(true)
})

test('where there is no store, a backup says so', () => {
  expect(runScript('backup.mjs')).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('could not be copied') as string,
  })
  expect(readdirSync(folder)).toEqual([])
})

test('an API does not open a store that a newer one has changed', async () => {
  const database = await openDatabase({ DATA_DIR: folder })
  await database.destroy()
  const store = new DatabaseSync(join(folder, 'slicechat.db'))
  store.exec(`INSERT INTO kysely_migration VALUES ('9999-of-a-newer-api', '${at}')`)
  store.close()
  await expect(openDatabase({ DATA_DIR: folder })).rejects.toThrow('9999-of-a-newer-api is not known')
})
