import { CodedError } from '../errors.ts'
import type { GenerationIds } from '../store/generation-queries.ts'

/** The ids of a started answer. */
export interface StartedAnswer {
  conversationId: string
  userMessageId: string
  messageId: string
  generationId: string
}

/** @throws {CodedError} BAD_INPUT when the id belongs to a generation outside conversations */
export function toStarted({ id, conversationId, userMessageId, messageId }: GenerationIds): StartedAnswer {
  if (conversationId === null || userMessageId === null || messageId === null)
    throw new CodedError('BAD_INPUT', 'This request id was used for another call.', { field: 'requestId' })
  return { conversationId, userMessageId, messageId, generationId: id }
}
