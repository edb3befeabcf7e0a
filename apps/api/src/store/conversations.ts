import { randomUUID } from 'node:crypto'
import type { ConversationSummary, FinishNote, Message, Page } from '@slicechat/contract'
import type { Transaction } from 'kysely'
import { CodedError } from '../errors.ts'
import { type ConversationQueries, prepareConversationQueries } from './conversation-queries.ts'
import { toState } from './generation-state.ts'
import { type PageCall, readFilteredPage, readPage } from './page.ts'
import { ConversationSearch } from './search/conversation-search.ts'
import { TITLE_ORDINAL } from './search/gram-index.ts'
import type { Database, Tables } from './tables.ts'

/** A message to be written; its parent, if any, must be in the same conversation. */
export interface NewMessage {
  id: string
  parentId: string | null
  role: 'user' | 'assistant'
  content: string
  reasoning?: string
  note?: FinishNote
  generationId?: string
  createdAt?: string
}

/** Messages inserted by one statement, because SQLite limits the number of values in one. */
const ROWS_AT_ONCE = 500
/** Most messages that a prepared statement inserts one by one: a question and its answer. */
const MAX_PREPARED_ROWS = 2

const notFound = (): CodedError => new CodedError('NOT_FOUND', 'There is no such conversation.')

const toSummary = (row: { id: string; title: string; at: string }): ConversationSummary => ({
  id: row.id,
  title: row.title,
  updatedAt: row.at,
})

/** Stores conversations and their trees of messages. Calls with an `owner` see only that owner's conversations. */
export class ConversationStore {
  readonly #db: Database
  readonly #now: () => number
  readonly #queries: ConversationQueries

  /** @param now a monotonic clock, in milliseconds */
  constructor(db: Database, now: () => number = () => performance.now()) {
    this.#db = db
    this.#now = now
    this.#queries = prepareConversationQueries(db)
  }

  /** Lists conversations, newest first; `query` searches titles and messages. */
  list(
    owner: string,
    { query = '', ...page }: PageCall & { query?: string | undefined },
  ): Promise<Page<ConversationSummary>> {
    if (query.trim() === '') {
      const select = this.#db
        .selectFrom('conversations')
        .select(['id', 'title', 'updated_at as at'])
        .where('owner', '=', owner)
      return readPage(select, 'updated_at', page, toSummary)
    }
    const search = new ConversationSearch(this.#db, this.#queries, owner, query.trim())
    return readFilteredPage(
      search.candidates(),
      'updated_at',
      page,
      toSummary,
      async (candidates) => {
        const found = await search.containing(candidates)
        return candidates.filter(({ id }) => found.has(id))
      },
      this.#now,
    )
  }

  /** @throws {CodedError} NOT_FOUND */
  async summary(owner: string, id: string): Promise<ConversationSummary> {
    const row = await this.#db
      .selectFrom('conversations')
      .select(['id', 'title', 'updated_at'])
      .where('owner', '=', owner)
      .where('id', '=', id)
      .executeTakeFirst()
    if (row === undefined) throw notFound()
    return { id: row.id, title: row.title, updatedAt: row.updated_at }
  }

  /** Every message of a conversation, oldest first. The caller must check the owner. */
  async messages(conversationId: string): Promise<Message[]> {
    const rows = await this.#db
      .selectFrom('messages')
      .leftJoin('generations', 'generations.id', 'messages.generation_id')
      .select(['messages.id as message_id', 'parent_id', 'role', 'messages.created_at as message_created_at'])
      .select(['messages.content as own_content', 'messages.reasoning as own_reasoning'])
      .select(['messages.note as own_note', 'messages.generation_id', 'generations.note as note'])
      .select(['generations.content as content', 'generations.reasoning as reasoning'])
      .select(['status', 'seq', 'model', 'requested_model', 'dropped_messages'])
      .select(['reason', 'usage', 'timings', 'error'])
      .where('messages.conversation_id', '=', conversationId)
      .orderBy('ordinal')
      .execute()
    return rows.map((row) => ({
      id: row.message_id,
      parentId: row.parent_id,
      role: row.role,
      content: row.content ?? row.own_content,
      reasoning: row.reasoning ?? row.own_reasoning,
      createdAt: row.message_created_at,
      ...(row.own_note === null ? {} : { note: JSON.parse(row.own_note) as FinishNote }),
      ...(row.generation_id === null || row.status === null
        ? {}
        : {
            generation: toState({
              ...row,
              id: row.generation_id,
              status: row.status,
              seq: row.seq ?? 0,
              dropped_messages: row.dropped_messages ?? 0,
            }),
          }),
    }))
  }

  /** The conversation that holds a message. @throws {CodedError} NOT_FOUND */
  async ofMessage(owner: string, messageId: string): Promise<string> {
    const row = await this.#db
      .selectFrom('messages')
      .innerJoin('conversations', 'conversations.id', 'messages.conversation_id')
      .select('conversation_id')
      .where('messages.id', '=', messageId)
      .where('owner', '=', owner)
      .executeTakeFirst()
    if (row === undefined) throw new CodedError('NOT_FOUND', 'There is no such message.')
    return row.conversation_id
  }

  /** Runs several writes in one transaction. */
  transaction<T>(work: (transaction: Transaction<Tables>) => Promise<T>): Promise<T> {
    return this.#db.transaction().execute(work)
  }

  async create(transaction: Transaction<Tables>, owner: string, title: string): Promise<string> {
    const id = randomUUID()
    const at = new Date().toISOString()
    await this.#queries.insert.run(transaction, { id, owner, title, created_at: at, updated_at: at })
    return id
  }

  /** Sets a conversation's time of last use to now. @throws {CodedError} NOT_FOUND */
  async touch(transaction: Transaction<Tables>, owner: string, id: string): Promise<void> {
    const at = new Date().toISOString()
    const { numAffectedRows } = await this.#queries.touch.run(transaction, { owner, id, updated_at: at })
    if (numAffectedRows === 0n) throw notFound()
  }

  /** The newest message of a conversation and its ordinal. */
  newest(
    transaction: Transaction<Tables>,
    conversationId: string,
  ): Promise<{ id: string; ordinal: number } | undefined> {
    return this.#queries.newest.first(transaction, { conversation_id: conversationId })
  }

  async has(transaction: Transaction<Tables>, conversationId: string, messageId: string): Promise<boolean> {
    const row = await transaction
      .selectFrom('messages')
      .select('id')
      .where('id', '=', messageId)
      .where('conversation_id', '=', conversationId)
      .executeTakeFirst()
    return row !== undefined
  }

  /** Appends messages in the given order. @param ordinal the ordinal of the first one, right after the newest message */
  async append(
    transaction: Transaction<Tables>,
    conversationId: string,
    messages: readonly NewMessage[],
    ordinal: number,
  ): Promise<void> {
    const at = new Date().toISOString()
    const rows = messages.map((message, index) => ({
      id: message.id,
      conversation_id: conversationId,
      ordinal: ordinal + index,
      parent_id: message.parentId,
      role: message.role,
      content: message.content,
      reasoning: message.reasoning ?? '',
      note: message.note === undefined ? null : JSON.stringify(message.note),
      generation_id: message.generationId ?? null,
      created_at: message.createdAt ?? at,
    }))
    if (rows.length <= MAX_PREPARED_ROWS) {
      for (const row of rows) await this.#queries.append.run(transaction, row)
      return
    }
    for (let from = 0; from < rows.length; from += ROWS_AT_ONCE)
      await transaction
        .insertInto('messages')
        .values(rows.slice(from, from + ROWS_AT_ONCE))
        .execute()
  }

  /** @throws {CodedError} NOT_FOUND */
  async rename(owner: string, id: string, title: string): Promise<void> {
    await this.transaction(async (transaction) => {
      const result = await transaction
        .updateTable('conversations')
        .set({ title, indexed: 0 })
        .where('owner', '=', owner)
        .where('id', '=', id)
        .executeTakeFirst()
      if (result.numUpdatedRows === 0n) throw notFound()
      await transaction
        .deleteFrom('search_documents')
        .where('conversation_id', '=', id)
        .where('first_ordinal', '=', TITLE_ORDINAL)
        .execute()
    })
  }

  /** Removes a conversation with its messages and generations. @throws {CodedError} NOT_FOUND */
  async remove(owner: string, id: string): Promise<void> {
    const result = await this.#db
      .deleteFrom('conversations')
      .where('owner', '=', owner)
      .where('id', '=', id)
      .executeTakeFirst()
    if (result.numDeletedRows === 0n) throw notFound()
  }
}
