import { existsSync, mkdirSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite'
import { Kysely, SqliteAdapter, SqliteDialect } from 'kysely'
import { type Patience, patiently } from './lock.ts'
import { migrateToLatest } from './migrate.ts'
import { lockFolder } from './sqlite-lock.ts'
import { storable } from './storable.ts'
import type { Database, Tables } from './tables.ts'

type Sqlite = ConstructorParameters<typeof SqliteDialect>[0]['database']
type Statement = ReturnType<Exclude<Sqlite, (...args: never) => unknown>['prepare']>

/** Most compiled statements that are kept. Compiling a small statement of a stream costs as much as running it. */
const MAX_PREPARED = 200

/** SQLite takes changes of tables back with a transaction, though Kysely does not rely on that. */
class TransactionalAdapter extends SqliteAdapter {
  declare private readonly brand: never

  override get supportsTransactionalDdl(): boolean {
    return true
  }
}

class TransactionalDialect extends SqliteDialect {
  override createAdapter(): SqliteAdapter {
    return new TransactionalAdapter()
  }
}

/**
 * Opens the SQLite store in a folder for this process alone, and migrates its tables.
 * @param folder folder of `slicechat.db`; it is made if absent. `:memory:` stores nothing on disk.
 * @throws {StoreInUse} after `patience`
 * @throws {StoreUnfit}
 */
export async function openSqlite(folder: string, patience: Patience): Promise<Database> {
  const kept = folder !== ':memory:'
  if (kept) makeFolder(folder)
  const lock = kept ? await patiently(() => lockFolder(folder), patience) : undefined
  const database: Database = connectSqlite(kept ? join(folder, 'slicechat.db') : folder, () => lock?.close())
  try {
    await migrateToLatest(database)
    return database
  } catch (error) {
    await database.destroy()
    throw error
  }
}

/** Makes a folder and its parents. Node's recursive `mkdir` never returns on a file system that cannot make folders. */
function makeFolder(folder: string): void {
  if (existsSync(folder)) return
  makeFolder(dirname(resolve(folder)))
  mkdirSync(folder)
}

/** Opens a file of SQLite as it is. @param onClosed called once it is closed */
export const connectSqlite = (path: string, onClosed: () => void = () => undefined): Kysely<Tables> =>
  new Kysely<Tables>({ dialect: new TransactionalDialect({ database: open(path, onClosed) }) })

/** Adapts node:sqlite to the few methods of better-sqlite3 that Kysely's dialect uses. */
function open(path: string, onClosed: () => void): Sqlite {
  const database = new DatabaseSync(path)
  // WAL with synchronous=normal keeps every committed row when the process is killed, at a tenth of the cost.
  database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA foreign_keys = ON')
  const prepared = new Map<string, Statement>()
  return {
    close: () => {
      database.close()
      onClosed()
    },
    prepare: (sql) => {
      const known = prepared.get(sql)
      if (known !== undefined) return known
      // Kysely makes few different statements, because values are parameters. But lists of values vary in length.
      if (prepared.size >= MAX_PREPARED) prepared.clear()
      const compiled = toStatement(database.prepare(sql))
      // SQLite ends a transaction by itself when its volume is full. A rollback after that would fail and hide the cause.
      const rollback: Statement = {
        ...compiled,
        run: (parameters) => (database.isTransaction ? compiled.run(parameters) : NOTHING_CHANGED),
      }
      const statement = sql === 'rollback' ? rollback : compiled
      prepared.set(sql, statement)
      return statement
    },
  }
}

const NOTHING_CHANGED = { changes: 0, lastInsertRowid: 0 }

function toStatement(statement: StatementSync): Statement {
  return {
    reader: statement.columns().length > 0,
    all: (parameters) => statement.all(...bound(parameters)),
    run: (parameters) => statement.run(...bound(parameters)),
    iterate: (parameters) => statement.iterate(...bound(parameters)),
  }
}

const bound = (parameters: readonly unknown[]): SQLInputValue[] => parameters.map(storable) as SQLInputValue[]
