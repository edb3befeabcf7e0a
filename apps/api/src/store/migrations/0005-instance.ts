import type { Kysely } from 'kysely'
import type { Migration } from 'kysely/migration'
import { columnTypes } from './column-types.ts'

/** Adds which instance of the API runs a generation. Rows from before belong to the one instance that used the store. */
export const instance: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema
      .alterTable('generations')
      .addColumn('instance', columnTypes(db).text, (column) => column.notNull().defaultTo('embedded'))
      .execute()
  },
}
