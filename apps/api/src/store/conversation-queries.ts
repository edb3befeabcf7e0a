import type { Selectable } from 'kysely'
import { PreparedQuery } from './prepared-query.ts'
import { TITLE_ORDINAL } from './search/gram-index.ts'
import type { Database, Tables } from './tables.ts'

type Conversation = Selectable<Tables['conversations']>

/** Documents of a conversation that a search reads at once. */
export const DOCUMENTS_AT_ONCE = 32

/** Prepares the queries of a start in a conversation, and the one that a search repeats. */
export const prepareConversationQueries = (db: Database) => ({
  insert: new PreparedQuery<Omit<Conversation, 'indexed' | 'search_number'>>((value) =>
    db.insertInto('conversations').values({
      id: value('id'),
      owner: value('owner'),
      title: value('title'),
      created_at: value('created_at'),
      updated_at: value('updated_at'),
    }),
  ),
  touch: new PreparedQuery<Pick<Conversation, 'id' | 'owner' | 'updated_at'>>((value) =>
    db
      .updateTable('conversations')
      .set({ updated_at: value('updated_at'), indexed: 0 })
      .where('owner', '=', value('owner'))
      .where('id', '=', value('id')),
  ),
  newest: new PreparedQuery<{ conversation_id: string }, { id: string; ordinal: number }>((value) =>
    db
      .selectFrom('messages')
      .select(['id', 'ordinal'])
      .where('conversation_id', '=', value('conversation_id'))
      .orderBy('ordinal', 'desc')
      .limit(1),
  ),
  documentsBefore: new PreparedQuery<
    { conversation_id: string; first_ordinal: number },
    { first_ordinal: number; text: string }
  >((value) =>
    db
      .selectFrom('search_documents')
      .select(['first_ordinal', 'text'])
      .where('conversation_id', '=', value('conversation_id'))
      .where('first_ordinal', '<', value('first_ordinal'))
      .where('first_ordinal', '>', TITLE_ORDINAL)
      .orderBy('first_ordinal', 'desc')
      .limit(DOCUMENTS_AT_ONCE),
  ),
  append: new PreparedQuery<Selectable<Tables['messages']>>((value) =>
    db.insertInto('messages').values({
      id: value('id'),
      conversation_id: value('conversation_id'),
      ordinal: value('ordinal'),
      parent_id: value('parent_id'),
      role: value('role'),
      content: value('content'),
      reasoning: value('reasoning'),
      note: value('note'),
      generation_id: value('generation_id'),
      created_at: value('created_at'),
    }),
  ),
})

export type ConversationQueries = ReturnType<typeof prepareConversationQueries>
