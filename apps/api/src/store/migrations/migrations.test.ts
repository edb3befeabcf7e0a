import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sql } from 'kysely'
import { Migrator } from 'kysely/migration'
import { expect, test } from 'vitest'
import { EMBEDDED_INSTANCE, openDatabase } from '../database.ts'
import { GenerationStore } from '../generations.ts'
import { MIGRATIONS } from './index.ts'
import { connectSqlite } from '../sqlite.ts'

test('an answer that an older API left running is one of this store’s instance', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'slicechat-'))
  try {
    const old = connectSqlite(join(folder, 'slicechat.db'))
    const provider = { getMigrations: () => Promise.resolve(MIGRATIONS) }
    const { error } = await new Migrator({ db: old, provider }).migrateTo('0004-notes')
    expect(error).toBeUndefined()
    const at = '2026-11-27T08:00:00.000Z'
    await sql`insert into generations (id, owner, request_id, params, status, created_at, updated_at)
      values ('a', 'local', 'r', '{}', 'running', ${at}, ${at})`.execute(old)
    await old.destroy()

    const database = await openDatabase({ DATA_DIR: folder })
    const store = new GenerationStore(database, EMBEDDED_INSTANCE)
    expect(await store.interruptRunning(new Date())).toBe(1)
    expect((await store.find('local', 'a'))?.state.reason).toBe('interrupted')
    await database.destroy()
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})
