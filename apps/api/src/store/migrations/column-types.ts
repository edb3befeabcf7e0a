import { type ColumnDataType, type Kysely, type RawBuilder, sql } from 'kysely'
import { type DatabaseKind, kindOf } from '../database-kind.ts'

/** The types of columns that the databases name differently. `integer` and `bigint` are the same in both. */
interface ColumnTypes {
  text: ColumnDataType | RawBuilder<unknown>
  binary: ColumnDataType
}

const COLUMN_TYPES: Record<DatabaseKind, ColumnTypes> = {
  sqlite: { text: 'text', binary: 'blob' },
  // The collation compares bytes, as SQLite does: ids, times and pages of lists have the same order in both.
  postgres: { text: sql`text collate "C"`, binary: 'bytea' },
}

/** The types of columns for the database that is migrated. */
export const columnTypes = (database: Kysely<unknown>): ColumnTypes => COLUMN_TYPES[kindOf(database)]
