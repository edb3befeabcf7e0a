import { expect, test } from 'vitest'
import { openDatabase } from './database.ts'
import { OWNED_TABLES } from './owned-tables.ts'

test('every table with an owner is one of those that a person takes over and takes along', async () => {
  const database = await openDatabase({ DATA_DIR: ':memory:' })
  const tables = await database.introspection.getTables()
  const owned = tables
    .filter(({ columns }) => columns.some(({ name }) => name === 'owner'))
    .map(({ name }) => name)
  expect(owned.toSorted()).toEqual([...OWNED_TABLES].toSorted())
  await database.destroy()
})
