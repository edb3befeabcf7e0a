import { type RawBuilder, sql, type Transaction } from 'kysely'
import type { DatabaseKind } from '../database-kind.ts'
import type { Tables } from '../tables.ts'

/** A row of `search_documents`: consecutive messages of a conversation, or its title. */
export interface NewDocument {
  id: number
  conversation_id: string
  first_ordinal: number
  last_ordinal: number
  size: number
  text: string
}

/** `first_ordinal` of the document that has a conversation's title. */
export const TITLE_ORDINAL = -1

/** More messages than a conversation ever has. */
const ORDINALS = 2 ** 24

/**
 * Id of a document. It has the conversation's number in it, so that a database knows the conversations of a list of hits without
 * looking anything up.
 * @param number `search_number` of the conversation
 */
export const documentId = (number: number, firstOrdinal: number): number =>
  number * ORDINALS + firstOrdinal - TITLE_ORDINAL

/** The index from grams to documents, which each database keeps in its own way. A removed document leaves it by itself. */
export interface GramIndex {
  add: (transaction: Transaction<Tables>, document: NewDocument, grams: readonly number[]) => Promise<void>
  /** Selects the numbers of conversations that have a document with all of these grams. */
  numbers: (grams: readonly number[]) => RawBuilder<number>
}

/** FTS5 without the texts and without the places in them: for each gram the documents that have it. */
const sqlite: GramIndex = {
  add: async (transaction, document, grams) => {
    await transaction.insertInto('search_documents').values(document).execute()
    await sql`insert into search_index (rowid, grams) values (${document.id}, ${grams.map(token).join(' ')})`.execute(
      transaction,
    )
  },
  numbers: (grams) =>
    sql`select rowid / ${sql.lit(ORDINALS)} from search_index where search_index match ${allOf(grams)}`,
}

const token = (gram: number): string => (gram >>> 0).toString(36)

/** Tokens are letters and digits. The quotes keep FTS5 from reading one of them as an operator. */
const allOf = (grams: readonly number[]): string => grams.map((gram) => `"${token(gram)}"`).join(' AND ')

const postgres: GramIndex = {
  add: async (transaction, document, grams) => {
    const { id, conversation_id, first_ordinal, last_ordinal, size, text } = document
    await sql`insert into search_documents (id, conversation_id, first_ordinal, last_ordinal, size, text, grams)
      values (${id}, ${conversation_id}, ${first_ordinal}, ${last_ordinal}, ${size}, ${text}, ${array(grams)}::integer[])`.execute(
      transaction,
    )
  },
  numbers: (grams) =>
    sql`select id / ${sql.lit(ORDINALS)} from search_documents where grams @> ${array(grams)}::integer[]`,
}

const array = (grams: readonly number[]): string => `{${grams.join(',')}}`

export const GRAM_INDEXES: Readonly<Record<DatabaseKind, GramIndex>> = { sqlite, postgres }
