import type { Message } from '@slicechat/client'
import type { ChatMessage } from './message.svelte.ts'

type Create = (role: Message['role'], parent: ChatMessage | null) => ChatMessage

/** The stored messages as the page has them; those that it had already stay the same objects, what was not sent stays last. */
export function takeStored(
  shown: readonly ChatMessage[],
  stored: readonly Message[],
  create: Create,
): ChatMessage[] {
  const known = new Map(shown.map((message) => [message.id, message]))
  const byId = new Map<string, ChatMessage>()
  const taken = stored.map((each) => {
    const parent = each.parentId === null ? null : (byId.get(each.parentId) ?? null)
    const message = known.get(each.id) ?? create(each.role, parent)
    message.restore(each)
    byId.set(each.id, message)
    return message
  })
  return [...taken, ...shown.filter(({ id }) => id === undefined)]
}

/** Without answers that failed before the API had stored anything, and without their questions. */
export function withoutUnsent(messages: ChatMessage[]): ChatMessage[] {
  const gone = new Set<ChatMessage | null>()
  for (const message of messages) {
    if (message.role !== 'assistant' || message.id !== undefined || message.status !== 'finished') continue
    gone.add(message)
    if (message.parent?.id === undefined) gone.add(message.parent)
  }
  return gone.size === 0 ? messages : messages.filter((message) => !gone.has(message))
}
