import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sql } from 'kysely'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { fillLargeStore, RARE_WORD } from '../../testing/large-store.ts'
import { openTestDatabase, TEST_KINDS } from '../../testing/database.ts'
import { ConversationStore } from '../conversations.ts'
import { openDatabase } from '../database.ts'
import { RunStore } from '../runs.ts'
import type { Database } from '../tables.ts'
import { copiedTables } from './copied-tables.ts'
import { copyStore } from './copy.ts'
import { CopyRefused } from './copy-refused.ts'
import { digestOf } from './table-digest.ts'

let folder = ''
let source: Database
let target: Database
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'slicechat-'))
  source = await openDatabase({ DATA_DIR: ':memory:' })
  target = await openDatabase({ DATA_DIR: ':memory:' })
})
afterEach(async () => {
  await source.destroy()
  await target.destroy()
  rmSync(folder, { recursive: true, force: true })
})

async function fill(): Promise<void> {
  await fillLargeStore(source, { owner: 'ann', conversations: 60, messagesEach: 20 })
  const run = { id: 'r', name: 'run', startedAt: '2026-01-01T00:00:00.000Z' } as never
  await new RunStore(source).add('ann', run, 'digest', new Uint8Array([0, 1, 2, 255]))
}

test.each(TEST_KINDS)('a copy to %s has everything, can be searched, and is told by counts', async (kind) => {
  const target = await openTestDatabase(kind)
  await fill()
  const steps = new Set<string>()
  const copied = await copyStore(source, target, 'sqlite:a', (step, done, total) => {
    expect(done).toBeLessThanOrEqual(total)
    steps.add(step)
  })
  expect(copied).toMatchObject({ conversations: 60, messages: 1_200, generations: 600, runs: 1 })
  expect(steps).toContain('copying messages')
  expect(steps).toContain('comparing runs')
  expect(await new RunStore(target).content('ann', 'r')).toSatisfy((bytes: Uint8Array) =>
    Buffer.from(bytes).equals(Buffer.from([0, 1, 2, 255])),
  )
  const store = new ConversationStore(target)
  expect((await store.list('ann', { query: RARE_WORD, limit: 10 })).items).toHaveLength(1)
  const [some] = (await store.list('ann', { limit: 1 })).items
  expect(await store.messages(some?.id ?? '')).toEqual(
    await new ConversationStore(source).messages(some?.id ?? ''),
  )
  // A complete copy is a store with data, like any other.
  await expect(copyStore(source, target, 'sqlite:a', () => undefined)).rejects.toThrow('is not empty')
  await target.destroy()
})

test.each(TEST_KINDS)('a store goes to %s and back without a difference', async (kind) => {
  const between = await openTestDatabase(kind)
  await fill()
  await copyStore(source, between, 'a', () => undefined)
  await copyStore(between, target, 'b', () => undefined)
  for (const table of await copiedTables())
    expect(await digestOf(target, table), table.name).toEqual(await digestOf(source, table))
  await between.destroy()
})

test('a table of a store is copied or known to be made anew', async () => {
  const names = (await copiedTables()).map(({ name }) => name)
  const { rows } = await sql<{ name: string }>`select name from sqlite_schema where type = 'table'`.execute(
    source,
  )
  const left = rows.map(({ name }) => name).filter((name) => !names.includes(name))
  for (const name of left) expect(name).toMatch(/^(?:search_(?:documents|index)|kysely_migration|sqlite_)/)
  expect(names).toEqual(expect.arrayContaining(['conversations', 'messages', 'generations', 'runs']))
  expect(names.indexOf('conversations')).toBeLessThan(names.indexOf('messages'))
  for (const { key, name } of await copiedTables()) expect(key.length, name).toBeGreaterThan(0)
})

test('a copy that is interrupted anywhere goes on, and another one does not begin in it', async () => {
  await fill()
  const interrupted = new Error('interrupted')
  let allowed = 2
  for (let attempts = 1; ; attempts++) {
    let calls = 0
    const copying = copyStore(source, target, 'sqlite:a', () => {
      if (++calls > allowed) throw interrupted
    })
    const failure: unknown = await copying.then(
      () => undefined,
      (error: unknown) => error,
    )
    if (failure === undefined) {
      expect(attempts).toBeGreaterThan(5)
      break
    }
    expect(failure).toBe(interrupted)
    await expect(copyStore(source, target, 'sqlite:b', () => undefined)).rejects.toThrow(
      'unfinished copy of sqlite:a',
    )
    allowed += 3
  }
})

test('a target with data is refused and left alone; a source that changes meanwhile is noticed', async () => {
  await fill()
  const store = new ConversationStore(target)
  await store.transaction((transaction) => store.create(transaction, 'bob', 'mine'))
  await expect(copyStore(source, target, 'sqlite:a', () => undefined)).rejects.toThrow(CopyRefused)
  expect((await store.list('bob', { limit: 1 })).items).toHaveLength(1)
  await target.deleteFrom('conversations').execute()

  const originals = new ConversationStore(source)
  let changed = false
  const copying = copyStore(source, target, 'sqlite:a', (step) => {
    if (changed || step !== 'copying messages') return
    changed = true
    void originals.transaction((transaction) => originals.create(transaction, 'ann', 'late'))
  })
  await expect(copying).rejects.toThrow('conversations differs')
})

test('an unfinished copy is no source, and a finished one is', async () => {
  await fill()
  const third = await openDatabase({ DATA_DIR: ':memory:' })
  const interrupted = copyStore(source, target, 'a', (step) => {
    if (step === 'copying messages') throw new Error('interrupted')
  })
  await expect(interrupted).rejects.toThrow('interrupted')
  await expect(copyStore(target, third, 'b', () => undefined)).rejects.toThrow(CopyRefused)
  // The refused copy has left nothing behind.
  const { rows } = await sql<{ name: string }>`select name from sqlite_schema`.execute(third)
  expect(rows.map(({ name }) => name)).not.toContain('store_copy')
  await copyStore(source, target, 'a', () => undefined)
  expect(await copyStore(target, third, 'b', () => undefined)).toMatchObject({ conversations: 60 })
  await third.destroy()
})
