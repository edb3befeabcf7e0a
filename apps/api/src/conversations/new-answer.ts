import { randomUUID } from 'node:crypto'
import type { Spender } from '../access/budgets/budgets.ts'
import { CodedError } from '../errors.ts'
import type { Accepted } from '../generations/generation.ts'
import type { Params } from '../input.ts'
import type { ConversationStore, NewMessage } from '../store/conversations.ts'
import type { GenerationStore } from '../store/generations.ts'
import type { StartedAnswer } from './started-answer.ts'
import { titleOf } from './title.ts'

/** An answer to be stored and begun. */
export interface NewAnswer extends Accepted {
  requestId: string
  /** Absent if the message opens a conversation. */
  conversationId?: string | undefined
  userMessageId: string
  model?: string | undefined
  params: Params
}

/** A user's new message. `parentId` is its parent in the tree; by default the newest message of the conversation. */
export interface Question {
  id: string
  content: string
  parentId?: string | null | undefined
}

interface Stores {
  conversationStore: ConversationStore
  generationStore: GenerationStore
}

/**
 * Writes the message(s) and the generation's row of an answer in one transaction.
 * @throws {CodedError} NOT_FOUND, BAD_INPUT
 */
export function writeAnswer(
  caller: Spender,
  { conversationStore: store, generationStore }: Stores,
  answer: NewAnswer,
  question: Question | undefined,
): Promise<StartedAnswer> {
  const { owner } = caller
  const { requestId, userMessageId, params, model } = answer
  const generationId = randomUUID()
  const messageId = randomUUID()
  const reply: NewMessage = {
    id: messageId,
    parentId: userMessageId,
    role: 'assistant',
    content: '',
    generationId,
  }
  return store.transaction(async (transaction) => {
    let { conversationId } = answer
    let newest: { id: string; ordinal: number } | undefined
    if (conversationId === undefined)
      conversationId = await store.create(transaction, owner, titleOf(question?.content ?? ''))
    else {
      await store.touch(transaction, owner, conversationId)
      newest = await store.newest(transaction, conversationId)
    }
    const ids = { conversationId, userMessageId, messageId }
    await generationStore.insert(
      { id: generationId, ...caller, requestId, params, model, ...ids },
      transaction,
    )
    const messages: NewMessage[] = [reply]
    if (question !== undefined) {
      const { id, content, parentId = newest?.id ?? null } = question
      const isThere =
        parentId === null ||
        parentId === newest?.id ||
        (await store.has(transaction, conversationId, parentId))
      if (!isThere)
        throw new CodedError('BAD_INPUT', 'The parent is no message of this conversation.', {
          field: 'parentId',
        })
      messages.unshift({ id, parentId, role: 'user', content })
    }
    await store.append(transaction, conversationId, messages, (newest?.ordinal ?? -1) + 1)
    return { ...ids, generationId }
  })
}
