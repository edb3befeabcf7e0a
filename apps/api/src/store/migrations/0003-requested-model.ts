import type { Kysely } from 'kysely'
import type { Migration } from 'kysely/migration'
import { columnTypes } from './column-types.ts'

/** Adds the model that a call named, beside the one that was asked. */
export const requestedModel: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema.alterTable('generations').addColumn('requested_model', columnTypes(db).text).execute()
  },
}
