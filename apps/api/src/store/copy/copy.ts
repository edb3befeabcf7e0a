import { setImmediate as nextTurn } from 'node:timers/promises'
import { sql, type Transaction } from 'kysely'
import { kindOf } from '../database-kind.ts'
import { SearchIndexer } from '../search/indexer.ts'
import type { Database, Tables } from '../tables.ts'
import { StoreUnfit } from '../unfit.ts'
import { type CopiedTable, copiedTables } from './copied-tables.ts'
import { CopyRefused } from './copy-refused.ts'
import { digestOf } from './table-digest.ts'
import { countRows, keyOf, portable, type Row, rowsOf } from './table-rows.ts'

/** Called while a step of a copy goes on. */
export type OnProgress = (step: string, done: number, total: number) => void

/** Rows of each table that were copied. */
export type Copied = Record<string, number>

/**
 * Copies a store into an empty one. It can be killed at any time: the next call with the same source goes on. Both stores
 * must be open for nobody else, which the locks of `openDatabase` ensure.
 * @param sourceName names the source, the same each time
 * @throws {CopyRefused} when the source has only a part of the data, the target has data or another unfinished copy, or the two
 * differ in the end
 */
export async function copyStore(
  source: Database,
  target: Database,
  sourceName: string,
  onProgress: OnProgress,
): Promise<Copied> {
  if (await isUnfinishedCopy(source))
    throw new CopyRefused(
      'The source is itself a copy that was not finished. Finish that copy first, or copy its original.',
    )
  const tables = await copiedTables()
  await begin(target, tables, sourceName)
  for (const table of tables) await copyTable(source, target, table, onProgress)

  const copied: Copied = {}
  for (const table of tables) {
    const total = 2 * (await countRows(source, table.name))
    let done = 0
    const onRows = (rows: number): void => onProgress(`comparing ${table.name}`, (done += rows), total)
    const original = await digestOf(source, table, onRows)
    const copy = await digestOf(target, table, onRows)
    if (original.rows !== copy.rows || original.digest !== copy.digest)
      throw new CopyRefused(
        `${table.name} differs: ${original.rows} rows with the digest ${original.digest} became ${copy.rows} with ${copy.digest}. One of the two was changed since the copy began. Begin again with an empty target.`,
      )
    copied[table.name] = copy.rows
  }
  const indexer = new SearchIndexer(target, () => undefined)
  await indexer.fill(({ done, total }) => onProgress('indexing for search', done, total))
  // Otherwise the server would plan its first queries for small tables.
  if (kindOf(target) === 'postgres') await sql`analyze`.execute(target)
  await sql`drop table store_copy`.execute(target)
  return copied
}

/**
 * Closes a store that has only a part of the data.
 * @throws {StoreUnfit} when it is the target of a copy that has not been finished
 */
export async function refuseUnfinishedCopy(db: Database): Promise<void> {
  if (!(await isUnfinishedCopy(db))) return
  await db.destroy()
  throw new StoreUnfit(
    'The store has a copy that was not finished. Run `slicechat-api store copy` again, or empty the store.',
  )
}

async function isUnfinishedCopy(db: Database): Promise<boolean> {
  const tables = await db.introspection.getTables()
  return tables.some(({ name }) => name === 'store_copy')
}

/** Notes in the target that it is being copied to, by which a killed copy is known again. */
async function begin(target: Database, tables: readonly CopiedTable[], sourceName: string): Promise<void> {
  if (await isUnfinishedCopy(target)) {
    const { rows } = await sql<{ source: string }>`select distinct source from store_copy`.execute(target)
    const other = rows.find(({ source }) => source !== sourceName)
    if (other !== undefined)
      throw new CopyRefused(
        `The target has an unfinished copy of ${other.source}. Finish that, or empty the target.`,
      )
    return
  }
  for (const { name } of tables)
    if ((await countRows(target, name)) > 0)
      throw new CopyRefused(`The target is not empty: it has rows in ${name}. Copy to an empty one.`)
  await target.transaction().execute(async (transaction) => {
    await sql`create table store_copy (name text primary key, source text not null, last_key text)`.execute(
      transaction,
    )
    for (const { name } of tables)
      await sql`insert into store_copy values (${name}, ${sourceName}, null)`.execute(transaction)
  })
}

async function copyTable(
  source: Database,
  target: Database,
  table: CopiedTable,
  onProgress: OnProgress,
): Promise<void> {
  const total = await countRows(source, table.name)
  const { rows: notes } = await sql<{ last_key: string | null }>`
    select last_key from store_copy where name = ${table.name}`.execute(target)
  const lastKey = notes[0]?.last_key ?? null
  let done = lastKey === null ? 0 : await countRows(target, table.name)
  const after = lastKey === null ? undefined : (JSON.parse(lastKey) as unknown[])
  for await (const rows of rowsOf(source, table, after)) {
    await target.transaction().execute(async (transaction) => {
      await insert(
        transaction,
        table,
        rows.map((row) => portable(row, table)),
      )
      const key = JSON.stringify(keyOf(rows.at(-1), table.key))
      await sql`update store_copy set last_key = ${key} where name = ${table.name}`.execute(transaction)
    })
    onProgress(`copying ${table.name}`, (done += rows.length), total)
    // SQLite answers at once; this lets signals in.
    await nextTurn()
  }
}

async function insert(
  transaction: Transaction<Tables>,
  { name, columns }: CopiedTable,
  rows: readonly Row[],
): Promise<void> {
  const names = sql.join(columns.map((column) => sql.ref(column.name)))
  const values = rows.map((row) => sql`(${sql.join(columns.map((column) => row[column.name]))})`)
  await sql`insert into ${sql.table(name)} (${names}) values ${sql.join(values)}`.execute(transaction)
}
