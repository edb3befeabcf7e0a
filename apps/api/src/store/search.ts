import { type ExpressionBuilder, type ExpressionWrapper, type RawBuilder, sql, type SqlBool } from 'kysely'
import type { Tables } from './tables.ts'

/** Whether a column contains a text, taken literally. Letters of ASCII match in both cases. */
function contains(column: string, text: string): RawBuilder<SqlBool> {
  const pattern = `%${text.replace(/[\\%_]/g, (special) => `\\${special}`)}%`
  return sql`${sql.ref(column)} like ${pattern} escape '\\'`
}

/** Finds conversations by their title, their messages and their answers. */
export const conversationContains =
  (text: string) =>
  (where: ExpressionBuilder<Tables, 'conversations'>): ExpressionWrapper<Tables, 'conversations', SqlBool> =>
    where.or([
      contains('title', text),
      where.exists(
        where
          .selectFrom('messages')
          .leftJoin('generations', 'generations.id', 'messages.generation_id')
          .select('messages.id')
          .whereRef('messages.conversation_id', '=', 'conversations.id')
          .where((inner) =>
            inner.or([contains('messages.content', text), contains('generations.content', text)]),
          ),
      ),
    ])

/** Finds runs by their name. */
export const runContains = (text: string): RawBuilder<SqlBool> => contains('name', text)
