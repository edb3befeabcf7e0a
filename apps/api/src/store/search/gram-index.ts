import { type RawBuilder, sql, type SqlBool, type Transaction } from 'kysely'
import type { DatabaseKind } from '../database-kind.ts'
import type { Tables } from '../tables.ts'

/** A row of `search_documents`: consecutive messages of a conversation, or its title. */
export interface NewDocument {
  conversation_id: string
  first_ordinal: number
  last_ordinal: number
  size: number
}

/** The index from grams to documents, which each database keeps in its own way. A removed document leaves it by itself. */
export interface GramIndex {
  add: (transaction: Transaction<Tables>, document: NewDocument, grams: readonly number[]) => Promise<void>
  /** Whether a row of `search_documents` has all of these grams. */
  hasAll: (grams: readonly number[]) => RawBuilder<SqlBool>
}

/** FTS5 without the texts and without the places in them: for each gram the documents that have it. */
const sqlite: GramIndex = {
  add: async (transaction, document, grams) => {
    const { id } = await transaction
      .insertInto('search_documents')
      .values(document)
      .returning('id')
      .executeTakeFirstOrThrow()
    await sql`insert into search_index (rowid, grams) values (${id}, ${grams.map(token).join(' ')})`.execute(
      transaction,
    )
  },
  // Tokens are letters and digits. The quotes keep FTS5 from reading one of them as an operator.
  hasAll: (grams) => sql`search_documents.id in
    (select rowid from search_index where search_index match ${grams.map((gram) => `"${token(gram)}"`).join(' AND ')})`,
}

const token = (gram: number): string => (gram >>> 0).toString(36)

const postgres: GramIndex = {
  add: async (transaction, document, grams) => {
    const { conversation_id, first_ordinal, last_ordinal, size } = document
    await sql`insert into search_documents (conversation_id, first_ordinal, last_ordinal, size, grams)
      values (${conversation_id}, ${first_ordinal}, ${last_ordinal}, ${size}, ${array(grams)}::integer[])`.execute(
      transaction,
    )
  },
  hasAll: (grams) => sql`search_documents.grams @> ${array(grams)}::integer[]`,
}

const array = (grams: readonly number[]): string => `{${grams.join(',')}}`

export const GRAM_INDEXES: Readonly<Record<DatabaseKind, GramIndex>> = { sqlite, postgres }
