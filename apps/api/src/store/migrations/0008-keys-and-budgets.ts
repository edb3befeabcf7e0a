import type { Kysely } from 'kysely'
import type { Migration } from 'kysely/migration'
import { columnTypes } from './column-types.ts'

/** Personal API keys, budgets, and what was used by day. */
export const keysAndBudgets: Migration = {
  async up(db: Kysely<unknown>) {
    const { text } = columnTypes(db)
    await db.schema
      .createTable('personal_keys')
      .addColumn('id', text, (column) => column.primaryKey())
      .addColumn('user_id', text, (column) => column.notNull().references('users.id').onDelete('cascade'))
      .addColumn('name', text, (column) => column.notNull())
      .addColumn('digest', text, (column) => column.notNull().unique())
      .addColumn('start', text, (column) => column.notNull())
      .addColumn('scopes', text, (column) => column.notNull())
      .addColumn('created_at', text, (column) => column.notNull())
      .addColumn('expires_at', text)
      .addColumn('last_used_at', text)
      .addColumn('revoked_at', text)
      .execute()
    await db.schema.createIndex('personal_keys_by_user').on('personal_keys').column('user_id').execute()
    await db.schema
      .createTable('budgets')
      .addColumn('kind', text, (column) => column.notNull())
      .addColumn('subject', text, (column) => column.notNull())
      .addColumn('answers_at_once', 'bigint')
      .addColumn('requests_per_minute', 'bigint')
      .addColumn('tokens_per_day', 'bigint')
      .addPrimaryKeyConstraint('budgets_once', ['kind', 'subject'])
      .execute()
    await db.schema
      .createTable('usage_days')
      .addColumn('day', text, (column) => column.notNull())
      .addColumn('owner', text, (column) => column.notNull())
      .addColumn('key', text, (column) => column.notNull())
      .addColumn('model', text, (column) => column.notNull())
      .addColumn('answers', 'bigint', (column) => column.notNull())
      .addColumn('prompt_tokens', 'bigint', (column) => column.notNull())
      .addColumn('completion_tokens', 'bigint', (column) => column.notNull())
      .addPrimaryKeyConstraint('usage_days_once', ['day', 'owner', 'key', 'model'])
      .execute()
    await db.schema.alterTable('generations').addColumn('key_id', text).execute()
    await db.schema.createIndex('usage_days_by_owner').on('usage_days').columns(['owner', 'day']).execute()
  },
}
