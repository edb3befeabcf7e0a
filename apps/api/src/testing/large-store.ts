import { randomUUID } from 'node:crypto'
import type { Insertable } from 'kysely'
import { openDatabase } from '../store/database.ts'
import type { Database, Tables } from '../store/tables.ts'
import { Corpus } from './corpus.ts'

/** Seed of the texts. */
export const SEED = 12
const QUESTION_CHARS = 30
const ANSWER_CHARS = 200
/** The first conversation was used last at this time; each further one at most half a minute later. */
const FIRST_USE = Date.UTC(2026, 0, 1)
const ROWS_AT_ONCE = 50

/** A word that stands in one conversation of each hundred, once. */
export const RARE_WORD = '鑫龘'

export interface LargeStoreOptions {
  owner: string
  conversations: number
  messagesEach: number
}

/** Opens a store and fills it; see `fillLargeStore`. @param folder as `openDatabase` takes it */
export async function makeLargeStore(
  folder: string,
  ...options: Parameters<typeof fillLargeStore> extends [Database, ...infer Rest] ? Rest : never
): Promise<void> {
  const db = await openDatabase({ DATA_DIR: folder })
  try {
    await fillLargeStore(db, ...options)
  } finally {
    await db.destroy()
  }
}

/** Fills a store with conversations, as the API would have stored them, except that nothing is indexed for search yet. */
export async function fillLargeStore(
  db: Database,
  { owner, conversations, messagesEach }: LargeStoreOptions,
  onConversation: (done: number) => void = () => undefined,
): Promise<void> {
  const corpus = new Corpus(SEED)
  for (let number = 0; number < conversations; number++) {
    const at = new Date(FIRST_USE + number * 15_000 + corpus.below(15_000)).toISOString()
    const id = randomUUID()
    const rows = conversation(corpus, { owner, id, at, messagesEach })
    if (number % 100 === 50 && rows.generations[0] !== undefined) rows.generations[0].content += RARE_WORD
    await db.transaction().execute(async (transaction) => {
      const title = corpus.text(12)
      await transaction
        .insertInto('conversations')
        .values({ id, owner, title, created_at: at, updated_at: at })
        .execute()
      for (let from = 0; from < rows.generations.length; from += ROWS_AT_ONCE)
        await transaction
          .insertInto('generations')
          .values(rows.generations.slice(from, from + ROWS_AT_ONCE))
          .execute()
      for (let from = 0; from < rows.messages.length; from += ROWS_AT_ONCE)
        await transaction
          .insertInto('messages')
          .values(rows.messages.slice(from, from + ROWS_AT_ONCE))
          .execute()
    })
    onConversation(number + 1)
  }
}

interface Rows {
  messages: Insertable<Tables['messages']>[]
  generations: (Insertable<Tables['generations']> & { content: string })[]
}

function conversation(
  corpus: Corpus,
  { owner, id, at, messagesEach }: { owner: string; id: string; at: string; messagesEach: number },
): Rows {
  const rows: Rows = { messages: [], generations: [] }
  let parent: string | null = null
  for (let ordinal = 0; ordinal < messagesEach; ordinal++) {
    const isAnswer = ordinal % 2 === 1
    const messageId: string = randomUUID()
    const message = {
      id: messageId,
      conversation_id: id,
      ordinal,
      parent_id: parent,
      role: isAnswer ? ('assistant' as const) : ('user' as const),
      content: isAnswer ? '' : corpus.text(QUESTION_CHARS),
      reasoning: '',
      note: null,
      generation_id: isAnswer ? randomUUID() : null,
      created_at: at,
    }
    rows.messages.push(message)
    if (message.generation_id !== null)
      rows.generations.push({
        id: message.generation_id,
        owner,
        request_id: randomUUID(),
        conversation_id: id,
        user_message_id: parent,
        message_id: messageId,
        model: 'sim/model',
        requested_model: null,
        instance: 'embedded',
        params: '{}',
        status: 'finished',
        reason: 'stop',
        note: null,
        content: corpus.text(ANSWER_CHARS),
        usage: '{"promptTokens":100,"completionTokens":100}',
        timings: null,
        error: null,
        created_at: at,
        updated_at: at,
      })
    parent = messageId
  }
  return rows
}
