import { existsSync, mkdirSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite'
import { type ColumnType, Kysely, SqliteDialect } from 'kysely'
import { Migrator } from 'kysely/migration'
import { lockStore, type Patience } from './lock.ts'
import { migrations } from './migrations.ts'

interface ConversationRow {
  id: string
  owner: string
  title: string
  created_at: string
  updated_at: string
}

interface MessageRow {
  id: string
  conversation_id: string
  /** Order of arrival within the conversation. */
  ordinal: number
  parent_id: string | null
  role: 'user' | 'assistant'
  /** The text of a user's or an imported message; the text of an answer is in its generation's row. */
  content: string
  reasoning: string
  /** JSON. */
  note: string | null
  generation_id: string | null
  created_at: string
}

interface GenerationRow {
  id: string
  owner: string
  request_id: string
  conversation_id: string | null
  user_message_id: string | null
  message_id: string | null
  /** The model that was asked; `null` before that. */
  model: string | null
  /** The model that the call named, if any. */
  requested_model: string | null
  /** JSON of `Params`. */
  params: string
  status: 'queued' | 'running' | 'finished'
  reason: string | null
  /** JSON. */
  note: string | null
  content: ColumnType<string, string | undefined>
  reasoning: ColumnType<string, string | undefined>
  /** Position in the generation's log at which the stored text ends. */
  seq: ColumnType<number, number | undefined>
  dropped_messages: ColumnType<number, number | undefined>
  /** 1 once the reader's browser has reported its latencies. */
  reported: ColumnType<number, number | undefined>
  /** JSON of `Usage`, `Timings` and `ErrorShape`. */
  usage: string | null
  timings: string | null
  error: string | null
  created_at: string
  updated_at: string
}

interface RunRow {
  owner: string
  /** Chosen by the load tester; unique per owner. */
  id: string
  name: string
  started_at: string
  uploaded_at: string
  /** JSON of `RunSummary`. */
  summary: string
  /** SHA-256 of the whole run's JSON, in hexadecimal. */
  digest: string
  /** The whole run's JSON, compressed with gzip. */
  content: Uint8Array
}

export interface Tables {
  conversations: ConversationRow
  messages: MessageRow
  generations: GenerationRow
  runs: RunRow
}

export type Database = Kysely<Tables>

type Sqlite = ConstructorParameters<typeof SqliteDialect>[0]['database']
type Statement = ReturnType<Exclude<Sqlite, (...args: never) => unknown>['prepare']>

/** Most compiled statements that are kept. Compiling a small statement of a stream costs as much as running it. */
const maxPrepared = 200

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
      if (prepared.size >= maxPrepared) prepared.clear()
      const compiled = toStatement(database.prepare(sql))
      // SQLite ends a transaction by itself when its volume is full. A rollback after that would fail and hide the cause.
      const rollback: Statement = {
        ...compiled,
        run: (parameters) => (database.isTransaction ? compiled.run(parameters) : nothingChanged),
      }
      const statement = sql === 'rollback' ? rollback : compiled
      prepared.set(sql, statement)
      return statement
    },
  }
}

const nothingChanged = { changes: 0, lastInsertRowid: 0 }

function toStatement(statement: StatementSync): Statement {
  return {
    reader: statement.columns().length > 0,
    all: (parameters) => statement.all(...(parameters as SQLInputValue[])),
    run: (parameters) => statement.run(...(parameters as SQLInputValue[])),
    iterate: (parameters) => statement.iterate(...(parameters as SQLInputValue[])),
  }
}

/** Makes a folder and its parents. Node's recursive `mkdir` never returns on a file system that cannot make folders. */
function makeFolder(folder: string): void {
  if (existsSync(folder)) return
  makeFolder(dirname(resolve(folder)))
  mkdirSync(folder)
}

/**
 * Opens the embedded store and migrates its tables. Until it is closed, no other process can open it.
 * @param folder folder of `slicechat.db`; it is made if absent. `:memory:` stores nothing on disk.
 * @param patience how long to wait for another process that has the store open
 * @throws {StoreInUse} when the other process does not close it in time
 * @throws when the folder cannot be written or a migration fails
 */
export async function openDatabase(
  folder: string,
  patience: Patience = { ms: 0, onWait: () => undefined },
): Promise<Database> {
  const kept = folder !== ':memory:'
  if (kept) makeFolder(folder)
  const lock = kept ? await lockStore(folder, patience) : undefined
  const path = kept ? join(folder, 'slicechat.db') : folder
  const sqlite = open(path, () => lock?.close())
  const database: Database = new Kysely<Tables>({ dialect: new SqliteDialect({ database: sqlite }) })
  const migrator = new Migrator({
    db: database,
    provider: { getMigrations: () => Promise.resolve(migrations) },
  })
  const { error } = await migrator.migrateToLatest()
  if (error !== undefined) {
    await database.destroy()
    throw error instanceof Error ? error : new Error('migration failed', { cause: error })
  }
  return database
}
