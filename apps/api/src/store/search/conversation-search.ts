import { sql } from 'kysely'
import { type ConversationQueries, DOCUMENTS_AT_ONCE } from '../conversation-queries.ts'
import { kindOf } from '../database-kind.ts'
import type { Database } from '../tables.ts'
import { GRAM_INDEXES } from './gram-index.ts'
import { foldCase, ownerGram, queryGrams } from './grams.ts'

/** A conversation that may contain the query. */
interface Candidate {
  id: string
  title: string
  /** 0 if its newest texts are not in the index. */
  indexed: number
}

/** Finds the conversations of an owner whose title, messages or answers contain a text, taken literally. */
export class ConversationSearch {
  readonly #db: Database
  readonly #queries: ConversationQueries
  readonly #text: string
  readonly #owner: string
  readonly #grams: readonly number[]
  readonly #exact: boolean

  /** @param query a text that is not empty; letters match in upper and lower case */
  constructor(db: Database, queries: ConversationQueries, owner: string, query: string) {
    this.#db = db
    this.#queries = queries
    this.#owner = owner
    this.#text = foldCase(query)
    const { grams, exact } = queryGrams(this.#text)
    this.#grams = [ownerGram(owner), ...grams]
    this.#exact = exact
  }

  /** Selects the conversations that may contain the text. */
  candidates() {
    const index = GRAM_INDEXES[kindOf(this.#db)]
    return this.#db
      .selectFrom('conversations')
      .select(['id', 'title', 'updated_at as at', 'indexed'])
      .where('owner', '=', this.#owner)
      .where(sql<boolean>`(search_number in (${index.numbers(this.#grams)}) or indexed = 0)`)
  }

  /** Which of the candidates contain the text. */
  async containing(candidates: readonly Candidate[]): Promise<Set<string>> {
    const found = new Set<string>()
    const open: string[] = []
    const closed: string[] = []
    for (const { id, title, indexed } of candidates)
      if ((indexed === 1 && this.#exact) || this.#isIn(title)) found.add(id)
      else (indexed === 1 ? closed : open).push(id)
    for (const id of [...(await this.#inMessages(open)), ...(await this.#inDocuments(closed))]) found.add(id)
    return found
  }

  #isIn(text: string): boolean {
    return foldCase(text).includes(this.#text)
  }

  /** Which conversations contain the text, by what the index has of them. */
  async #inDocuments(ids: readonly string[]): Promise<string[]> {
    if (ids.length === 0) return []
    // A common text is in the last document of most conversations.
    const last = await this.#db
      .selectFrom('search_documents')
      .select(['conversation_id', 'first_ordinal', 'text'])
      .where('conversation_id', 'in', ids)
      .where((where) =>
        where(
          'first_ordinal',
          '=',
          where
            .selectFrom('search_documents as other')
            .select((select) => select.fn.max('other.first_ordinal').as('last'))
            .whereRef('other.conversation_id', '=', 'search_documents.conversation_id'),
        ),
      )
      .execute()
    const found: string[] = []
    for (const { conversation_id, first_ordinal, text } of last)
      if (text.includes(this.#text) || (await this.#inDocumentsBefore(conversation_id, first_ordinal)))
        found.push(conversation_id)
    return found
  }

  async #inDocumentsBefore(id: string, ordinal: number): Promise<boolean> {
    for (let before = ordinal; ;) {
      const { rows: documents } = await this.#queries.documentsBefore.run(this.#db, {
        conversation_id: id,
        first_ordinal: before,
      })
      if (documents.some(({ text }) => text.includes(this.#text))) return true
      if (documents.length < DOCUMENTS_AT_ONCE) return false
      before = documents.at(-1)?.first_ordinal ?? 0
    }
  }

  async #inMessages(ids: readonly string[]): Promise<string[]> {
    if (ids.length === 0) return []
    const rows = await this.#db
      .selectFrom('messages')
      .leftJoin('generations', 'generations.id', 'messages.generation_id')
      .select(['messages.conversation_id', 'messages.content as own', 'generations.content as answer'])
      .where('messages.conversation_id', 'in', ids)
      .execute()
    return rows.filter(({ own, answer }) => this.#isIn(answer ?? own)).map((row) => row.conversation_id)
  }
}
