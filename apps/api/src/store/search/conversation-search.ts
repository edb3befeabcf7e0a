import { type ExpressionBuilder, type ExpressionWrapper, sql, type SqlBool } from 'kysely'
import { kindOf } from '../database-kind.ts'
import type { Database, Tables } from '../tables.ts'
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
  readonly #text: string
  readonly #owner: string
  readonly #exact: boolean
  readonly #inDocument: SqlBoolExpression

  /** @param query a text that is not empty; letters match in upper and lower case */
  constructor(db: Database, owner: string, query: string) {
    this.#db = db
    this.#owner = owner
    this.#text = foldCase(query)
    const { grams, exact } = queryGrams(this.#text)
    this.#exact = exact
    this.#inDocument = GRAM_INDEXES[kindOf(db)].hasAll([ownerGram(owner), ...grams])
  }

  /** The condition for conversations that may contain the text. */
  readonly mayContain = (
    where: ExpressionBuilder<Tables, 'conversations'>,
  ): ExpressionWrapper<Tables, 'conversations', SqlBool> =>
    where.or([
      where(
        'id',
        'in',
        where.selectFrom('search_documents').select('conversation_id').where(this.#inDocument),
      ),
      where(
        'id',
        'in',
        where
          .selectFrom('conversations as open')
          .select('open.id')
          .where('open.owner', '=', this.#owner)
          .where(sql<boolean>`open.indexed = 0`),
      ),
    ])

  /** Which of the candidates contain the text. */
  async containing(candidates: readonly Candidate[]): Promise<Set<string>> {
    const found = new Set<string>()
    const closed: string[] = []
    const open: string[] = []
    for (const { id, title, indexed } of candidates)
      if ((indexed === 1 && this.#exact) || this.#isIn(title)) found.add(id)
      else (indexed === 1 ? closed : open).push(id)
    for (const { conversation_id, own, answer } of [
      ...(await this.#textsOfDocuments(closed)),
      ...(await this.#texts(open)),
    ])
      if (!found.has(conversation_id) && this.#isIn(answer ?? own)) found.add(conversation_id)
    return found
  }

  #isIn(text: string): boolean {
    return foldCase(text).includes(this.#text)
  }

  /** The texts of those documents that have the grams of the query. */
  async #textsOfDocuments(ids: readonly string[]): Promise<FoundText[]> {
    if (ids.length === 0) return []
    return this.#db
      .selectFrom('search_documents')
      .innerJoin('messages', (join) =>
        join
          .onRef('messages.conversation_id', '=', 'search_documents.conversation_id')
          .onRef('messages.ordinal', '>=', 'search_documents.first_ordinal')
          .onRef('messages.ordinal', '<=', 'search_documents.last_ordinal'),
      )
      .leftJoin('generations', 'generations.id', 'messages.generation_id')
      .select(['messages.conversation_id', 'messages.content as own', 'generations.content as answer'])
      .where('search_documents.conversation_id', 'in', ids)
      .where(this.#inDocument)
      .execute()
  }

  async #texts(ids: readonly string[]): Promise<FoundText[]> {
    if (ids.length === 0) return []
    return this.#db
      .selectFrom('messages')
      .leftJoin('generations', 'generations.id', 'messages.generation_id')
      .select(['messages.conversation_id', 'messages.content as own', 'generations.content as answer'])
      .where('messages.conversation_id', 'in', ids)
      .execute()
  }
}

type SqlBoolExpression = ReturnType<(typeof GRAM_INDEXES)['sqlite']['hasAll']>

interface FoundText {
  conversation_id: string
  own: string
  answer: string | null
}
