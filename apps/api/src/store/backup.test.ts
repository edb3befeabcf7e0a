import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { backup, BackupRefused, restore } from './backup.ts'
import { ConversationStore } from './conversations.ts'
import { openDatabase } from './database.ts'
import { StoreInUse } from './lock.ts'
import type { Database } from './tables.ts'

let folder = ''
let data = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'slicechat-'))
  data = join(folder, 'data')
  mkdirSync(data)
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const write = (database: Database, title: string): Promise<string> => {
  const store = new ConversationStore(database)
  return store.transaction((transaction) => store.create(transaction, 'local', title))
}

async function titles(): Promise<string[]> {
  const database = await openDatabase({ DATA_DIR: data })
  const page = await new ConversationStore(database).list('local', { limit: 100 })
  await database.destroy()
  return page.items.map(({ title }) => title).sort()
}

test('a backup of a store in use has all that was acknowledged before, and restoring brings it back', async () => {
  const file = join(folder, 'backup.db')
  const database = await openDatabase({ DATA_DIR: data })
  await write(database, 'before')
  backup(data, file)
  await write(database, 'after')
  expect(() => restore(data, file, new Date())).toThrow(StoreInUse)
  await database.destroy()
  expect(await titles()).toEqual(['after', 'before'])

  const kept = restore(data, file, new Date())
  expect(await titles()).toEqual(['before'])
  // The store that was there is kept whole, and can be restored in turn.
  restore(data, kept ?? '', new Date(Date.now() + 1))
  expect(await titles()).toEqual(['after', 'before'])
})

test('what a killed process left in the write-ahead log goes with the old store, and not into the restored one', async () => {
  const file = join(folder, 'backup.db')
  const first = await openDatabase({ DATA_DIR: data })
  await write(first, 'first')
  backup(data, file)
  await write(first, 'second')
  // As after SIGKILL: the log is copied while it is full, since closing would empty it.
  const files = readdirSync(data).map((name) => [name, readFileSync(join(data, name))] as const)
  await first.destroy()
  for (const [name, bytes] of files) writeFileSync(join(data, name), bytes)
  const kept = restore(data, file, new Date())
  expect(await titles()).toEqual(['first'])
  restore(data, kept ?? '', new Date(Date.now() + 1))
  expect(await titles()).toEqual(['first', 'second'])
})

test('a backup overwrites nothing and leaves no part of a file', async () => {
  const file = join(folder, 'backup.db')
  expect(() => backup(data, file)).toThrow(`${data} has no store.`)
  await (await openDatabase({ DATA_DIR: data })).destroy()
  writeFileSync(file, 'mine')
  expect(() => backup(data, file)).toThrow(BackupRefused)
  expect(readFileSync(file, 'utf8')).toBe('mine')
  expect(() => backup(data, join(folder, 'nowhere', 'backup.db'))).toThrow()
  expect(readdirSync(folder).sort()).toEqual(['backup.db', 'data'])
})

test('what is no whole backup of a known version is refused, and the store stays as it is', async () => {
  const file = join(folder, 'backup.db')
  const database = await openDatabase({ DATA_DIR: data })
  for (let at = 0; at < 200; at++) await write(database, `conversation ${at}`)
  backup(data, file)
  await database.destroy()
  const whole = readFileSync(file)
  const damaged = Buffer.from(whole)
  damaged.fill(0xaa, 4096 * 3, 4096 * 8)
  const cases: [string, Buffer, string][] = [
    ['empty.db', Buffer.alloc(0), 'is no backup of a store'],
    ['text.db', Buffer.from('not a database at all, '.repeat(500)), 'is no backup of a store'],
    ['damaged.db', damaged, 'is damaged'],
    ['cut.db', whole.subarray(0, whole.length / 2), 'is malformed'],
  ]
  for (const [name, bytes, message] of cases) {
    writeFileSync(join(folder, name), bytes)
    expect(() => restore(data, join(folder, name), new Date()), name).toThrow(message)
  }
  const newer = join(folder, 'newer.db')
  writeFileSync(newer, whole)
  const changed = new DatabaseSync(newer)
  changed.exec(`insert into kysely_migration values ('9999-later', '2030-01-01')`)
  changed.close()
  expect(() => restore(data, newer, new Date())).toThrow('9999-later')
  expect(() => restore(data, join(folder, 'none.db'), new Date())).toThrow('There is no')
  expect(await titles()).toHaveLength(100)
  expect(readdirSync(data).filter((name) => name.includes('restor'))).toEqual([])
  expect(existsSync(join(data, 'slicechat.db'))).toBe(true)
})

test('an API does not open a store that a newer one has changed', async () => {
  await (await openDatabase({ DATA_DIR: data })).destroy()
  const changed = new DatabaseSync(join(data, 'slicechat.db'))
  changed.exec(`insert into kysely_migration values ('9999-later', '2030-01-01')`)
  changed.close()
  await expect(openDatabase({ DATA_DIR: data })).rejects.toThrow('9999-later is not known')
})
