import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite'
import { SqliteDialect } from 'kysely'

type Sqlite = ConstructorParameters<typeof SqliteDialect>[0]['database']
type Statement = ReturnType<Exclude<Sqlite, (...args: never) => unknown>['prepare']>

/** Most compiled statements that are kept. Compiling a small statement of a stream costs as much as running it. */
const MAX_PREPARED = 200

/** Opens a file of SQLite. @param onClosed called once it is closed */
export const openSqlite = (path: string, onClosed: () => void): SqliteDialect =>
  new SqliteDialect({ database: open(path, onClosed) })

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
    all: (parameters) => statement.all(...(parameters as SQLInputValue[])),
    run: (parameters) => statement.run(...(parameters as SQLInputValue[])),
    iterate: (parameters) => statement.iterate(...(parameters as SQLInputValue[])),
  }
}
