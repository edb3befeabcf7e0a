import { randomUUID } from 'node:crypto'
import { type Insertable, sql, type Transaction } from 'kysely'
import { kindOf } from '../store/database-kind.ts'
import { openDatabase, type StoreLocation } from '../store/database.ts'
import type { Database, Tables } from '../store/tables.ts'
import { Corpus } from './corpus.ts'

/** Seed of the texts. */
export const SEED = 12
const QUESTION_CHARS = 30
const ANSWER_CHARS = 200
/** The first conversation was used last at this time; each further one at most half a minute later. */
const FIRST_USE = Date.UTC(2026, 0, 1)

const CONVERSATIONS_AT_ONCE = 2_000
/** SQLite's cache meanwhile; negative: in KiB. */
const FILL_CACHE = -1_500_000

/** A word that stands in one conversation of each hundred, once. */
export const RARE_WORD = '鑫龘'

export interface LargeStoreOptions {
  owner: string
  conversations: number
  messagesEach: number
}

export type { StoreLocation }

/** Opens a store and fills it if it is empty; see `fillLargeStore`. Returns whether it was. */
export async function makeLargeStore(
  location: StoreLocation,
  ...options: Parameters<typeof fillLargeStore> extends [Database, ...infer Rest] ? Rest : never
): Promise<boolean> {
  const db = await openDatabase(location)
  try {
    const isEmpty = (await db.selectFrom('conversations').select('id').limit(1).execute()).length === 0
    if (isEmpty) await fillLargeStore(db, ...options)
    return isEmpty
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
  // Ids are random, so each row changes pages of its own in every index: they are written once a transaction.
  if (kindOf(db) === 'sqlite') await sql`pragma cache_size = ${sql.lit(FILL_CACHE)}`.execute(db)
  const corpus = new Corpus(SEED)
  for (let from = 0; from < conversations; from += CONVERSATIONS_AT_ONCE)
    await db.transaction().execute(async (transaction) => {
      for (let number = from; number < Math.min(from + CONVERSATIONS_AT_ONCE, conversations); number++) {
        const at = new Date(FIRST_USE + number * 15_000 + corpus.below(15_000)).toISOString()
        const id = randomUUID()
        const rows = conversation(corpus, { owner, id, at, messagesEach })
        if (number % 100 === 50 && rows.generations[0] !== undefined) rows.generations[0].content += RARE_WORD
        const summary = { id, owner, title: corpus.text(12), created_at: at, updated_at: at }
        await transaction.insertInto('conversations').values(summary).execute()
        await insert(transaction, 'generations', rows.generations)
        await insert(transaction, 'messages', rows.messages)
        onConversation(number + 1)
      }
    })
  if (kindOf(db) === 'sqlite') await sql`pragma cache_size = -2000`.execute(db)
}

/** Inserts rows as one parameter: Kysely takes longer to build a statement for so many values than a database to run it. */
async function insert<Table extends 'messages' | 'generations'>(
  transaction: Transaction<Tables>,
  table: Table,
  rows: readonly Insertable<Tables[Table]>[],
): Promise<void> {
  const [first] = rows
  if (first === undefined) return
  const columns = Object.keys(first)
  const names = sql.join(columns.map((column) => sql.ref(column)))
  const json = JSON.stringify(rows)
  await (
    kindOf(transaction) === 'sqlite'
      ? sql`insert into ${sql.table(table)} (${names})
        select ${sql.join(columns.map((column) => sql`value ->> ${sql.lit(column)}`))} from json_each(${json})`
      : sql`insert into ${sql.table(table)} (${names})
        select ${names} from json_populate_recordset(null::${sql.table(table)}, ${json})`
  ).execute(transaction)
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
