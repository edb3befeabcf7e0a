import type { ColumnDataType, Kysely } from 'kysely'
import type { Migration } from 'kysely/migration'

/** Types of columns that databases name differently. */
export interface ColumnTypes {
  binary: ColumnDataType
}

const first: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema
      .createTable('conversations')
      .addColumn('id', 'text', (column) => column.primaryKey())
      .addColumn('owner', 'text', (column) => column.notNull())
      .addColumn('title', 'text', (column) => column.notNull())
      .addColumn('created_at', 'text', (column) => column.notNull())
      .addColumn('updated_at', 'text', (column) => column.notNull())
      .execute()
    await db.schema
      .createIndex('conversations_by_owner')
      .on('conversations')
      .columns(['owner', 'updated_at', 'id'])
      .execute()
    await db.schema
      .createTable('messages')
      .addColumn('id', 'text', (column) => column.primaryKey())
      .addColumn('conversation_id', 'text', (column) =>
        column.notNull().references('conversations.id').onDelete('cascade'),
      )
      .addColumn('ordinal', 'integer', (column) => column.notNull())
      .addColumn('parent_id', 'text')
      .addColumn('role', 'text', (column) => column.notNull())
      .addColumn('content', 'text', (column) => column.notNull())
      .addColumn('reasoning', 'text', (column) => column.notNull())
      .addColumn('generation_id', 'text')
      .addColumn('created_at', 'text', (column) => column.notNull())
      .addUniqueConstraint('messages_in_order', ['conversation_id', 'ordinal'])
      .execute()
    await db.schema
      .createTable('generations')
      .addColumn('id', 'text', (column) => column.primaryKey())
      .addColumn('owner', 'text', (column) => column.notNull())
      .addColumn('request_id', 'text', (column) => column.notNull())
      .addColumn('conversation_id', 'text', (column) =>
        column.references('conversations.id').onDelete('cascade'),
      )
      .addColumn('user_message_id', 'text')
      .addColumn('message_id', 'text')
      .addColumn('model', 'text')
      .addColumn('params', 'text', (column) => column.notNull())
      .addColumn('status', 'text', (column) => column.notNull())
      .addColumn('reason', 'text')
      .addColumn('content', 'text', (column) => column.notNull().defaultTo(''))
      .addColumn('reasoning', 'text', (column) => column.notNull().defaultTo(''))
      .addColumn('seq', 'integer', (column) => column.notNull().defaultTo(0))
      .addColumn('dropped_messages', 'integer', (column) => column.notNull().defaultTo(0))
      .addColumn('reported', 'integer', (column) => column.notNull().defaultTo(0))
      .addColumn('usage', 'text')
      .addColumn('timings', 'text')
      .addColumn('error', 'text')
      .addColumn('created_at', 'text', (column) => column.notNull())
      .addColumn('updated_at', 'text', (column) => column.notNull())
      // A repeated call with the same request id must not start a second generation.
      .addUniqueConstraint('generations_once', ['owner', 'request_id'])
      .execute()
    await db.schema
      .createIndex('generations_by_conversation')
      .on('generations')
      .column('conversation_id')
      .execute()
    await db.schema
      .createIndex('generations_by_status')
      .on('generations')
      .columns(['status', 'updated_at'])
      .execute()
  },
}

const runs = ({ binary }: ColumnTypes): Migration => ({
  async up(db: Kysely<unknown>) {
    await db.schema
      .createTable('runs')
      .addColumn('owner', 'text', (column) => column.notNull())
      .addColumn('id', 'text', (column) => column.notNull())
      .addColumn('name', 'text', (column) => column.notNull())
      .addColumn('started_at', 'text', (column) => column.notNull())
      .addColumn('uploaded_at', 'text', (column) => column.notNull())
      .addColumn('summary', 'text', (column) => column.notNull())
      .addColumn('digest', 'text', (column) => column.notNull())
      .addColumn('content', binary, (column) => column.notNull())
      .addPrimaryKeyConstraint('runs_once', ['owner', 'id'])
      .execute()
    await db.schema.createIndex('runs_by_owner').on('runs').columns(['owner', 'started_at', 'id']).execute()
  },
})

const requestedModel: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema.alterTable('generations').addColumn('requested_model', 'text').execute()
  },
}

/** Adds the note on an answer's end; the column in `messages` is for imported answers. */
const notes: Migration = {
  async up(db: Kysely<unknown>) {
    for (const table of ['generations', 'messages'])
      await db.schema.alterTable(table).addColumn('note', 'text').execute()
  },
}

/** Adds which instance of the API runs a generation. Rows from before belong to the one instance that used the store. */
const instance: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema
      .alterTable('generations')
      .addColumn('instance', 'text', (column) => column.notNull().defaultTo('embedded'))
      .execute()
  },
}

/** The migrations, which run in the order of their names. Never edit one that has been released. */
export const migrations = (types: ColumnTypes): Record<string, Migration> => ({
  '0001-first': first,
  '0002-runs': runs(types),
  '0003-requested-model': requestedModel,
  '0004-notes': notes,
  '0005-instance': instance,
})
