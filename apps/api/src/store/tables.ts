import type { ColumnType, Kysely } from 'kysely'
import type { AccountTables } from './account-tables.ts'
import type { BudgetTables } from './budget-tables.ts'

interface ConversationRow {
  id: string
  owner: string
  title: string
  created_at: string
  updated_at: string
  /** 1 if search finds all texts of it by the index. */
  indexed: ColumnType<number, number | undefined>
  /** Number in the search index; `null` until it is indexed for the first time. */
  search_number: ColumnType<number | null, undefined>
}

/** What the search index knows as one text: consecutive messages of a conversation, or its title. */
interface SearchDocumentRow {
  /** See `documentId`. */
  id: number
  conversation_id: string
  first_ordinal: number
  last_ordinal: number
  /** Code units of UTF-16. */
  size: number
  /** The texts of its messages as they are compared, one after the other; see `joined`. */
  text: string
}

interface MessageRow {
  id: string
  conversation_id: string
  /** Order of arrival within the conversation. */
  ordinal: number
  parent_id: string | null
  role: 'user' | 'assistant'
  /** The text of a user's or an imported message; the text of an answer is in its generation's row. */
  content: string
  reasoning: string
  /** JSON. */
  note: string | null
  generation_id: string | null
  created_at: string
}

interface GenerationRow {
  id: string
  owner: string
  request_id: string
  conversation_id: string | null
  user_message_id: string | null
  message_id: string | null
  /** The personal key that the call came with, if any. */
  key_id: string | null
  /** The model that was asked; `null` before that. */
  model: string | null
  /** The model that the call named, if any. */
  requested_model: string | null
  /** The instance of the API that runs or ran it; see `EMBEDDED_INSTANCE`. */
  instance: string
  /** JSON of `Params`. */
  params: string
  status: 'queued' | 'running' | 'finished'
  reason: string | null
  /** JSON. */
  note: string | null
  content: ColumnType<string, string | undefined>
  reasoning: ColumnType<string, string | undefined>
  /** Position in the generation's log at which the stored text ends. */
  seq: ColumnType<number, number | undefined>
  dropped_messages: ColumnType<number, number | undefined>
  /** 1 once the reader's browser has reported its latencies. */
  reported: ColumnType<number, number | undefined>
  /** JSON of `Usage`, `Timings` and `ErrorShape`. */
  usage: string | null
  timings: string | null
  error: string | null
  created_at: string
  updated_at: string
}

interface RunRow {
  owner: string
  /** Chosen by the load tester; unique per owner. */
  id: string
  name: string
  started_at: string
  uploaded_at: string
  /** JSON of `StoredSummary`. */
  summary: string
  /** SHA-256 of the whole run's JSON, in hexadecimal. */
  digest: string
  /** The whole run's JSON, compressed with gzip. */
  content: Uint8Array
}

/** The rows of each table. */
export interface Tables extends AccountTables, BudgetTables {
  conversations: ConversationRow
  messages: MessageRow
  generations: GenerationRow
  runs: RunRow
  search_documents: SearchDocumentRow
}

/** The store, as Kysely shows it. */
export type Database = Kysely<Tables>
