import { sql } from 'kysely'
import type { Database } from '../tables.ts'
import type { CopiedTable } from './copied-tables.ts'

/** A row of any table. */
export type Row = Record<string, unknown>

/** Rows that are read and written at once; the content of one run can take megabytes. */
const ROWS_AT_ONCE = 200
const BLOBS_AT_ONCE = 5

/** Columns that are different in each store: whether its search index has the conversation, and under which number. */
const OWN_COLUMNS: ReadonlyMap<string, unknown> = new Map([
  ['indexed', 0],
  ['search_number', null],
])

/** Reads a table in the order of its key. @param after key of the last row that is not wanted */
export async function* rowsOf(
  db: Database,
  { name, key, columns }: CopiedTable,
  after?: readonly unknown[],
): AsyncGenerator<Row[], void, undefined> {
  const hasBlob = columns.some(({ type }) => type === 'blob')
  const limit = hasBlob ? BLOBS_AT_ONCE : ROWS_AT_ONCE
  const keys = sql.join(key.map((column) => sql.ref(column)))
  for (let from = after; ;) {
    const beyond = from === undefined ? sql`` : sql`where (${keys}) > (${sql.join([...from])})`
    const { rows } = await sql<Row>`
      select * from ${sql.table(name)} ${beyond} order by ${keys} limit ${sql.lit(limit)}`.execute(db)
    if (rows.length === 0) return
    yield rows
    from = keyOf(rows.at(-1), key)
  }
}

/** The key of a row. */
export const keyOf = (row: Row | undefined, key: readonly string[]): unknown[] =>
  key.map((column) => row?.[column])

/**
 * A row in the form that is the same for each database: PostgreSQL has types for truth and times where SQLite has numbers
 * and texts.
 */
export function portable(row: Row, { columns }: CopiedTable): Row {
  const values = columns.map(({ name, type }) => [
    name,
    OWN_COLUMNS.has(name) ? OWN_COLUMNS.get(name) : toPortable(row[name], type),
  ])
  return Object.fromEntries(values) as Row
}

function toPortable(value: unknown, type: string): unknown {
  if (value === null || value === undefined) return null
  if (value instanceof Date) return value.toISOString()
  if (typeof value === 'boolean') return value ? 1 : 0
  if (typeof value === 'bigint' || (typeof value === 'string' && type.includes('int'))) return Number(value)
  return value
}

export async function countRows(db: Database, table: string): Promise<number> {
  const { rows } = await sql<{ total: number | string }>`
    select count(*) as total from ${sql.table(table)}`.execute(db)
  return Number(rows[0]?.total ?? 0)
}
