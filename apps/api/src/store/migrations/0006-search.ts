import { type Kysely, sql } from 'kysely'
import type { Migration } from 'kysely/migration'
import { kindOf } from '../database-kind.ts'
import { columnTypes } from './column-types.ts'

/**
 * Makes the tables of the search index, and the index for conversations by last use. The search index is filled by
 * `SearchIndexer`, in steps that a killed process goes on with.
 */
export const search: Migration = {
  async up(db: Kysely<unknown>) {
    const { text } = columnTypes(db)
    await db.schema
      .alterTable('conversations')
      .addColumn('indexed', 'integer', (column) => column.notNull().defaultTo(0))
      .execute()
    await db.schema.alterTable('conversations').addColumn('search_number', 'integer').execute()
    await db.schema
      .createIndex('conversations_by_search_number')
      .unique()
      .on('conversations')
      .column('search_number')
      .where(sql.ref('search_number'), 'is not', null)
      .execute()
    // A search walks it, and looks into the table only for what it found.
    await db.schema.dropIndex('conversations_by_owner').execute()
    await db.schema
      .createIndex('conversations_by_owner')
      .on('conversations')
      .columns(['owner', 'updated_at', 'id', 'search_number', 'indexed'])
      .execute()
    await db.schema
      .createIndex('conversations_to_index')
      .on('conversations')
      .column('updated_at')
      .where(sql`indexed`, '=', sql`0`)
      .execute()
    await db.schema
      .createIndex('conversations_by_last_use')
      .on('conversations')
      .columns(['updated_at', 'id'])
      .execute()
    await db.schema.createIndex('runs_by_upload').on('runs').columns(['uploaded_at', 'owner', 'id']).execute()
    await db.schema
      .createTable('search_documents')
      .addColumn('id', kindOf(db) === 'sqlite' ? 'integer' : 'bigint', (column) => column.primaryKey())
      .addColumn('conversation_id', text, (column) =>
        column.notNull().references('conversations.id').onDelete('cascade'),
      )
      .addColumn('first_ordinal', 'integer', (column) => column.notNull())
      .addColumn('last_ordinal', 'integer', (column) => column.notNull())
      .addColumn('size', 'integer', (column) => column.notNull())
      .addColumn('text', text, (column) => column.notNull())
      .addUniqueConstraint('search_documents_in_order', ['conversation_id', 'first_ordinal'])
      .execute()
    for (const statement of kindOf(db) === 'sqlite' ? SQLITE_INDEX : POSTGRES_INDEX)
      await sql.raw(statement).execute(db)
  },
}

const SQLITE_INDEX = [
  `create virtual table search_index using fts5(grams, content='', contentless_delete=1, detail=none, tokenize='ascii')`,
  `create trigger search_documents_removed after delete on search_documents
   begin delete from search_index where rowid = old.id; end`,
]

const POSTGRES_INDEX = [
  'alter table search_documents add column grams integer[] not null',
  // Numbers like these do not become smaller by compression.
  'alter table search_documents alter column grams set storage external',
  // Where the planner knows that a gram is in most rows, it reads all rows, and does not count that each array is elsewhere.
  'alter table search_documents alter column grams set statistics 0',
  'create index search_index on search_documents using gin (grams)',
]
