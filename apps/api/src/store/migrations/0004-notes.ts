import type { Kysely } from 'kysely'
import type { Migration } from 'kysely/migration'
import { columnTypes } from './column-types.ts'

/** Adds the note on an answer's end; the column in `messages` is for imported answers. */
export const notes: Migration = {
  async up(db: Kysely<unknown>) {
    for (const table of ['generations', 'messages'])
      await db.schema.alterTable(table).addColumn('note', columnTypes(db).text).execute()
  },
}
