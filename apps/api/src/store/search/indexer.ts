import { setImmediate as nextTurn } from 'node:timers/promises'
import { sql, type Transaction } from 'kysely'
import { kindOf } from '../database-kind.ts'
import type { Database, Tables } from '../tables.ts'
import { documentId, GRAM_INDEXES, type GramIndex, type NewDocument, TITLE_ORDINAL } from './gram-index.ts'
import { foldCase, gramsOf, joined, ownerGram } from './grams.ts'

/**
 * Code units of a document, unless one message is longer. Small documents tell more about longer queries, large ones are
 * fewer for a common word.
 */
const DOCUMENT_SIZE = 8_192

/** Interval at which conversations are indexed, and the time that they were not used before. */
const INDEX_EVERY_MS = 5_000
const IDLE_MS = 30_000

/** Conversations that are listed at once. */
const LISTED_AT_ONCE = 100
/** What is indexed in one transaction: a commit costs more than a short conversation. */
interface AtOnce {
  conversations: number
  /** Code units after which no further conversation is begun. */
  size: number
}

/** All other calls to SQLite wait for the transaction. */
const IDLE_AT_ONCE: AtOnce = { conversations: 8, size: DOCUMENT_SIZE }
/** Nothing waits. Large transactions need less time in all, since FTS5 merges less often. */
const FILLED_AT_ONCE: AtOnce = { conversations: LISTED_AT_ONCE, size: 256 * DOCUMENT_SIZE }

/** The number of a conversation that is indexed for the first time. */
const nextNumber = sql`coalesce((select search_number from conversations where search_number is not null
  order by search_number desc limit 1), 0) + 1`

interface IndexedMessage {
  ordinal: number
  content: string
}

interface IndexedDocument {
  document: NewDocument
  grams: number[]
}

/** How far the index is. */
export interface IndexProgress {
  done: number
  total: number
}

/**
 * Writes what search finds into the index, when a conversation has not been used for a while. So nothing is added to the
 * path of an answer, and a text is indexed once and not each second while it grows. Until then search reads the texts.
 */
export class SearchIndexer {
  readonly #db: Database
  readonly #index: GramIndex
  readonly #onError: (error: unknown) => void
  #timer: NodeJS.Timeout | undefined
  #running: Promise<void> | undefined
  #closed = false

  /** @param onError called when a conversation could not be indexed; it is tried again */
  constructor(db: Database, onError: (error: unknown) => void) {
    this.#db = db
    this.#index = GRAM_INDEXES[kindOf(db)]
    this.#onError = onError
  }

  /** Begins to index conversations once they are idle. */
  start(): void {
    this.#timer = setInterval(() => {
      this.#running ??= this.#indexIdle()
        .catch((error: unknown) => this.#onError(error))
        .finally(() => (this.#running = undefined))
    }, INDEX_EVERY_MS).unref()
  }

  /** Ends after the conversation that is being indexed. */
  async close(): Promise<void> {
    this.#closed = true
    clearInterval(this.#timer)
    await this.#running
  }

  /**
   * Indexes all conversations that have no unfinished answer. It can be killed at any time: the next call goes on.
   * @param onProgress called after each conversation
   */
  async fill(onProgress: (progress: IndexProgress) => void = () => undefined): Promise<void> {
    const { total } = await this.#db
      .selectFrom('conversations')
      .select((select) => select.fn.countAll<number | string>().as('total'))
      .where(sql<boolean>`indexed = 0`)
      .executeTakeFirstOrThrow()
    let done = 0
    const onIndexed = (): void => onProgress({ done: ++done, total: Number(total) })
    await this.#indexAll(new Date(8.64e15 / 1000), FILLED_AT_ONCE, onIndexed)
  }

  #indexIdle(): Promise<void> {
    return this.#indexAll(new Date(Date.now() - IDLE_MS), IDLE_AT_ONCE, () => undefined)
  }

  async #indexAll(usedBefore: Date, most: AtOnce, onIndexed: () => void): Promise<void> {
    for (;;) {
      const rows = await this.#db
        .selectFrom('conversations')
        .select('id')
        .where(sql<boolean>`indexed = 0`)
        .where('updated_at', '<', usedBefore.toISOString())
        .where((where) =>
          where.not(
            where.exists(
              where
                .selectFrom('generations')
                .select('generations.id')
                .whereRef('generations.conversation_id', '=', 'conversations.id')
                .where('status', '!=', 'finished'),
            ),
          ),
        )
        .limit(LISTED_AT_ONCE)
        .execute()
      for (const ids = rows.map(({ id }) => id); ids.length > 0;) {
        if (this.#closed) return
        const indexed = await this.#db
          .transaction()
          .execute((transaction) => this.#indexSome(transaction, ids, most))
        for (let i = 0; i < indexed; i++) onIndexed()
        // Tokens and calls go first.
        await nextTurn()
      }
      if (rows.length < LISTED_AT_ONCE) return
    }
  }

  /** Takes conversations off a list and indexes them. @returns their number */
  async #indexSome(transaction: Transaction<Tables>, ids: string[], most: AtOnce): Promise<number> {
    const documents: IndexedDocument[] = []
    let [indexed, size] = [0, 0]
    while (indexed < most.conversations && size < most.size) {
      const id = ids.shift()
      if (id === undefined) break
      const some = await this.#documentsOf(transaction, id)
      documents.push(...some)
      size += some.reduce((sum, { document }) => sum + document.size, 0)
      indexed++
    }
    // All at the end, since FTS5 writes what it has collected before each statement that may have to be taken back.
    for (const { document, grams } of documents) await this.#index.add(transaction, document, grams)
    return indexed
  }

  /** Marks a conversation as indexed, and tells the documents that the index does not have yet. */
  async #documentsOf(transaction: Transaction<Tables>, id: string): Promise<IndexedDocument[]> {
    // Before the reading: a call that changes the conversation meanwhile waits for this row, or this waits for the call.
    const conversation = await transaction
      .updateTable('conversations')
      .set({ indexed: 1, search_number: sql`coalesce(search_number, ${nextNumber})` })
      .where('id', '=', id)
      .returning(['owner', 'title', 'search_number'])
      .executeTakeFirst()
    if (conversation === undefined) return []
    const documents = await transaction
      .selectFrom('search_documents')
      .select(['id', 'first_ordinal', 'last_ordinal', 'size'])
      .where('conversation_id', '=', id)
      .orderBy('first_ordinal', 'desc')
      .execute()
    const last = documents.find(({ first_ordinal }) => first_ordinal !== TITLE_ORDINAL)
    const grown = last !== undefined && last.size < DOCUMENT_SIZE ? last : undefined
    const from = grown?.first_ordinal ?? (last?.last_ordinal ?? -1) + 1
    const messages = await transaction
      .selectFrom('messages')
      .leftJoin('generations', 'generations.id', 'messages.generation_id')
      .select(['ordinal', 'messages.content as own', 'generations.content as answer', 'status'])
      .where('messages.conversation_id', '=', id)
      .where('ordinal', '>=', from)
      .orderBy('ordinal')
      .execute()
    if (messages.some(({ status }) => status !== null && status !== 'finished')) {
      await transaction.updateTable('conversations').set({ indexed: 0 }).where('id', '=', id).execute()
      return []
    }
    const title = { ordinal: TITLE_ORDINAL, content: conversation.title }
    const added = documents.at(-1)?.first_ordinal === TITLE_ORDINAL ? [] : [[title]]
    if (messages.length > 0 && messages.at(-1)?.ordinal !== last?.last_ordinal) {
      if (grown !== undefined)
        await transaction.deleteFrom('search_documents').where('id', '=', grown.id).execute()
      added.push(...packed(messages.map(({ ordinal, own, answer }) => ({ ordinal, content: answer ?? own }))))
    }
    return added.map((texts) => toDocument({ id, ...conversation }, texts))
  }
}

function toDocument(
  { id, owner, search_number }: { id: string; owner: string; search_number: number | null },
  texts: readonly IndexedMessage[],
): IndexedDocument {
  const first = texts[0]?.ordinal ?? 0
  const folded = texts.map(({ content }) => foldCase(content))
  const document = {
    id: documentId(search_number ?? 0, first),
    conversation_id: id,
    first_ordinal: first,
    last_ordinal: texts.at(-1)?.ordinal ?? 0,
    size: texts.reduce((sum, { content }) => sum + content.length, 0),
    text: joined(folded),
  }
  return { document, grams: [ownerGram(owner), ...gramsOf(folded)] }
}

/** Cuts messages into documents of about `DOCUMENT_SIZE`, each of at least one message. */
function packed(messages: readonly IndexedMessage[]): IndexedMessage[][] {
  const documents: IndexedMessage[][] = []
  let size = Infinity
  for (const message of messages) {
    size += message.content.length
    if (size > DOCUMENT_SIZE) {
      documents.push([message])
      size = message.content.length
    } else documents.at(-1)?.push(message)
  }
  return documents
}
