import { sql } from 'kysely'
import { openDatabase } from '../database.ts'

/** A table as a copy sees it. */
export interface CopiedTable {
  name: string
  /** Columns of the primary key, in order. */
  key: string[]
  /** All columns with the type that SQLite has for them. */
  columns: { name: string; type: string }[]
}

/** Tables that are made anew in the target: the search index, and the notes of who migrates and copies. */
const NOT_COPIED = /^(?:search_|kysely_|sqlite_|store_copy$)/

/**
 * The tables of a store, each after those that it refers to. They are read from an empty store, so that no table that a
 * later version adds can be forgotten.
 */
export async function copiedTables(): Promise<CopiedTable[]> {
  const empty = await openDatabase({ DATA_DIR: ':memory:' })
  try {
    const { rows: names } = await sql<{ name: string }>`
      select name from sqlite_schema where type = 'table' order by name`.execute(empty)
    const tables = new Map<string, CopiedTable & { refersTo: string[] }>()
    for (const { name } of names) {
      if (NOT_COPIED.test(name)) continue
      const { rows: columns } = await sql<{ name: string; type: string; pk: number }>`
        select name, type, pk from pragma_table_info(${name})`.execute(empty)
      const { rows: references } = await sql<{ table: string }>`
        select "table" from pragma_foreign_key_list(${name})`.execute(empty)
      const key = columns.filter(({ pk }) => pk > 0).sort((one, other) => one.pk - other.pk)
      tables.set(name, {
        name,
        key: key.map((column) => column.name),
        columns: columns.map((column) => ({ name: column.name, type: column.type.toLowerCase() })),
        refersTo: references.map(({ table }) => table).filter((table) => table !== name),
      })
    }
    return inOrder(tables)
  } finally {
    await empty.destroy()
  }
}

function inOrder(tables: Map<string, CopiedTable & { refersTo: string[] }>): CopiedTable[] {
  const ordered = new Set<CopiedTable>()
  const add = (name: string, above: readonly string[]): void => {
    const table = tables.get(name)
    if (table === undefined || ordered.has(table) || above.includes(name)) return
    for (const other of table.refersTo) add(other, [...above, name])
    ordered.add(table)
  }
  for (const name of tables.keys()) add(name, [])
  return [...ordered]
}
