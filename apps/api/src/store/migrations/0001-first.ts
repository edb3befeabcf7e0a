import type { Kysely } from 'kysely'
import type { Migration } from 'kysely/migration'
import { columnTypes } from './column-types.ts'

/** Conversations, their messages, and the generations that answer them. */
export const first: Migration = {
  async up(db: Kysely<unknown>) {
    const { text } = columnTypes(db)
    await db.schema
      .createTable('conversations')
      .addColumn('id', text, (column) => column.primaryKey())
      .addColumn('owner', text, (column) => column.notNull())
      .addColumn('title', text, (column) => column.notNull())
      .addColumn('created_at', text, (column) => column.notNull())
      .addColumn('updated_at', text, (column) => column.notNull())
      .execute()
    await db.schema
      .createIndex('conversations_by_owner')
      .on('conversations')
      .columns(['owner', 'updated_at', 'id'])
      .execute()
    await db.schema
      .createTable('messages')
      .addColumn('id', text, (column) => column.primaryKey())
      .addColumn('conversation_id', text, (column) =>
        column.notNull().references('conversations.id').onDelete('cascade'),
      )
      .addColumn('ordinal', 'integer', (column) => column.notNull())
      .addColumn('parent_id', text)
      .addColumn('role', text, (column) => column.notNull())
      .addColumn('content', text, (column) => column.notNull())
      .addColumn('reasoning', text, (column) => column.notNull())
      .addColumn('generation_id', text)
      .addColumn('created_at', text, (column) => column.notNull())
      .addUniqueConstraint('messages_in_order', ['conversation_id', 'ordinal'])
      .execute()
    await db.schema
      .createTable('generations')
      .addColumn('id', text, (column) => column.primaryKey())
      .addColumn('owner', text, (column) => column.notNull())
      .addColumn('request_id', text, (column) => column.notNull())
      .addColumn('conversation_id', text, (column) =>
        column.references('conversations.id').onDelete('cascade'),
      )
      .addColumn('user_message_id', text)
      .addColumn('message_id', text)
      .addColumn('model', text)
      .addColumn('params', text, (column) => column.notNull())
      .addColumn('status', text, (column) => column.notNull())
      .addColumn('reason', text)
      .addColumn('content', text, (column) => column.notNull().defaultTo(''))
      .addColumn('reasoning', text, (column) => column.notNull().defaultTo(''))
      .addColumn('seq', 'integer', (column) => column.notNull().defaultTo(0))
      .addColumn('dropped_messages', 'integer', (column) => column.notNull().defaultTo(0))
      .addColumn('reported', 'integer', (column) => column.notNull().defaultTo(0))
      .addColumn('usage', text)
      .addColumn('timings', text)
      .addColumn('error', text)
      .addColumn('created_at', text, (column) => column.notNull())
      .addColumn('updated_at', text, (column) => column.notNull())
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
