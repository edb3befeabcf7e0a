import { type ColumnDataType, type Kysely, type RawBuilder, sql } from 'kysely'
import { type DatabaseKind, kindOf } from '../database-kind.ts'

/** The types of columns that the databases name differently. `integer` and `bigint` are the same in both. */
interface ColumnTypes {
  text: ColumnDataType | RawBuilder<unknown>
  binary: ColumnDataType
  /** Of better-auth's tables; ours have 0 and 1. */
  boolean: ColumnDataType
  /** Of better-auth's tables; ours have ISO text. */
  time: ColumnDataType
}

const COLUMN_TYPES: Record<DatabaseKind, ColumnTypes> = {
  sqlite: { text: 'text', binary: 'blob', boolean: 'integer', time: 'text' },
  // The collation compares bytes, as SQLite does: ids, times and pages of lists have the same order in both.
  postgres: { text: sql`text collate "C"`, binary: 'bytea', boolean: 'boolean', time: 'timestamptz' },
}

/** The types of columns for the database that is migrated. */
export const columnTypes = (database: Kysely<unknown>): ColumnTypes => COLUMN_TYPES[kindOf(database)]
