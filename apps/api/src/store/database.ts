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
  /** The text of a user's or an imported message; that of an answer stands with its generation. */
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
  /** The model that was asked; `null` until it was. */
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
  /** Position in the generation's log that the text stands for. */
  seq: ColumnType<number, number | undefined>
  dropped_messages: ColumnType<number, number | undefined>
  /** 1 once the reader told how it felt. */
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
  /** Chosen by the load tester: unique for its owner. */
  id: string
  name: string
  started_at: string
  uploaded_at: string
  /** JSON of `RunSummary`. */
  summary: string
  /** SHA-256 of the whole run's JSON, hex. */
  digest: string
  /** The whole run's JSON, gzip. */
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

/** Statements are compiled once: for the small ones of a stream, compiling costs as much as running. */
const maxPrepared = 200

/** node:sqlite behind the few methods that Kysely's dialect asks of better-sqlite3. */
function open(path: string, onClosed: () => void): Sqlite {
  const database = new DatabaseSync(path)
  // WAL with synchronous=normal keeps every committed row through a kill of the process, at a tenth of the cost.
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
      // Kysely's texts are few, since values are parameters; but lists of values grow with what is asked.
      if (prepared.size >= maxPrepared) prepared.clear()
      const compiled = toStatement(database.prepare(sql))
      // SQLite ends a transaction by itself when its volume is full. The error of a rollback after that would hide why.
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

/** Level by level: on a file system that makes no folders, Node's recursive `mkdir` never returns. */
function makeFolder(folder: string): void {
  if (existsSync(folder)) return
  makeFolder(dirname(resolve(folder)))
  mkdirSync(folder)
}

/**
 * Opens the embedded store and brings its tables up to date. Until it is closed, no other process can open it.
 * @param folder where `slicechat.db` lives; made when absent. `:memory:` keeps nothing.
 * @param patience with another process that has it
 * @throws {StoreInUse} when that goes on for too long
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
