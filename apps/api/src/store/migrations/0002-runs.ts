import type { Kysely } from 'kysely'
import type { Migration } from 'kysely/migration'
import { columnTypes } from './column-types.ts'

/** Load test runs that were uploaded. */
export const runs: Migration = {
  async up(db: Kysely<unknown>) {
    const { text, binary } = columnTypes(db)
    await db.schema
      .createTable('runs')
      .addColumn('owner', text, (column) => column.notNull())
      .addColumn('id', text, (column) => column.notNull())
      .addColumn('name', text, (column) => column.notNull())
      .addColumn('started_at', text, (column) => column.notNull())
      .addColumn('uploaded_at', text, (column) => column.notNull())
      .addColumn('summary', text, (column) => column.notNull())
      .addColumn('digest', text, (column) => column.notNull())
      .addColumn('content', binary, (column) => column.notNull())
      .addPrimaryKeyConstraint('runs_once', ['owner', 'id'])
      .execute()
    await db.schema.createIndex('runs_by_owner').on('runs').columns(['owner', 'started_at', 'id']).execute()
  },
}
