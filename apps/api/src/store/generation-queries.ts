import type { Selectable } from 'kysely'
import { PreparedQuery } from './prepared-query.ts'
import type { Database, Tables } from './tables.ts'

/** The ids by which a generation is found again. */
export interface GenerationIds {
  id: string
  conversationId: string | null
  userMessageId: string | null
  messageId: string | null
}

type SavedColumn = 'id' | 'content' | 'reasoning' | 'seq' | 'model' | 'dropped_messages' | 'usage'
type NewColumn =
  | ('id' | 'owner' | 'request_id' | 'key_id' | 'conversation_id' | 'user_message_id' | 'message_id')
  | ('requested_model' | 'instance' | 'params' | 'created_at' | 'updated_at')
type EndColumn = 'reason' | 'note' | 'timings' | 'error' | 'updated_at'

/** Prepares the queries of a start and of an answer's end. */
export const prepareGenerationQueries = (db: Database) => ({
  insert: new PreparedQuery<Pick<Selectable<Tables['generations']>, NewColumn>>((value) =>
    db.insertInto('generations').values({
      id: value('id'),
      owner: value('owner'),
      request_id: value('request_id'),
      key_id: value('key_id'),
      conversation_id: value('conversation_id'),
      user_message_id: value('user_message_id'),
      message_id: value('message_id'),
      model: null,
      requested_model: value('requested_model'),
      instance: value('instance'),
      params: value('params'),
      status: 'queued',
      reason: null,
      note: null,
      usage: null,
      timings: null,
      error: null,
      created_at: value('created_at'),
      updated_at: value('updated_at'),
    }),
  ),
  ofRequest: new PreparedQuery<{ owner: string; requestId: string }, GenerationIds>((value) =>
    db
      .selectFrom('generations')
      .select(['id', 'conversation_id as conversationId', 'user_message_id as userMessageId'])
      .select('message_id as messageId')
      .where('owner', '=', value('owner'))
      .where('request_id', '=', value('requestId')),
  ),
  save: new PreparedQuery<Pick<Selectable<Tables['generations']>, SavedColumn>>((value) =>
    db
      .updateTable('generations')
      .set({
        status: 'running',
        content: value('content'),
        reasoning: value('reasoning'),
        seq: value('seq'),
        model: value('model'),
        dropped_messages: value('dropped_messages'),
        usage: value('usage'),
      })
      .where('id', '=', value('id'))
      .where('status', '!=', 'finished'),
  ),
  finish: new PreparedQuery<Pick<Selectable<Tables['generations']>, SavedColumn | EndColumn>>((value) =>
    db
      .updateTable('generations')
      .set({
        status: 'finished',
        content: value('content'),
        reasoning: value('reasoning'),
        seq: value('seq'),
        model: value('model'),
        dropped_messages: value('dropped_messages'),
        usage: value('usage'),
        reason: value('reason'),
        note: value('note'),
        timings: value('timings'),
        error: value('error'),
        updated_at: value('updated_at'),
      })
      .where('id', '=', value('id'))
      .where('status', '!=', 'finished'),
  ),
})

export type GenerationQueries = ReturnType<typeof prepareGenerationQueries>
