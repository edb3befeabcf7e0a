import type { Message } from '@slicechat/client'
import type { ChatMessage } from './message.svelte.ts'

type Create = (role: Message['role'], parent: ChatMessage | null) => ChatMessage

/** A running answer that this page does not read yet. */
export interface Unread {
  message: ChatMessage
  generationId: string
  /** Position up to which its text is stored. */
  seq: string
}

interface Taken {
  messages: ChatMessage[]
  unread: Unread[]
}

const isFinished = ({ generation }: Message) => generation === undefined || generation.status === 'finished'

/**
 * Whether a stored message is newer than the shown one. An answer that is still being read here is not overwritten, nor
 * one that has ended here but not yet in the store.
 */
function isNews(shown: ChatMessage, stored: Message): boolean {
  if (shown.status !== 'finished') return false
  return isFinished(stored) || shown.outcome?.error !== undefined
}

/**
 * Merges the stored messages with the shown ones. Messages that the page had already stay the same objects. Messages
 * that never reached the API stay too, at the end, unless a stored one turns out to be the same message.
 */
export function takeStored(shown: readonly ChatMessage[], stored: readonly Message[], create: Create): Taken {
  const known = new Map(shown.map((message) => [message.id, message]))
  const byId = new Map<string, ChatMessage>()
  const added: ChatMessage[] = []
  const unread: Unread[] = []
  const messages = stored.map((each) => {
    const parent = each.parentId === null ? null : (byId.get(each.parentId) ?? null)
    const before = known.get(each.id)
    const message = before ?? create(each.role, parent)
    byId.set(each.id, message)
    if (before === undefined) added.push(message)
    if (before === undefined || isNews(before, each)) {
      message.restore(each)
      const { generation } = each
      if (generation && !isFinished(each))
        unread.push({ message, generationId: generation.id, seq: generation.seq })
    }
    return message
  })
  const isTwin = (local: ChatMessage, other: ChatMessage) =>
    other.role === local.role &&
    other.parent === local.parent &&
    (local.role === 'assistant' || other.content === local.content)
  const gone = new Set<ChatMessage | null>()
  const local = shown.filter((message) => message.id === undefined || !byId.has(message.id))
  for (const message of local)
    if (
      gone.has(message.parent) ||
      (message.id === undefined && added.some((other) => isTwin(message, other)))
    )
      gone.add(message)
  return { messages: [...messages, ...local.filter((message) => !gone.has(message))], unread }
}

/**
 * Removes answers that failed before the API had stored anything. A question that was not stored either stays with its
 * answer, as a branch of its own, since only this page has its text; if it is asked `again`, both are removed.
 */
export function withoutUnsent(messages: ChatMessage[], again: string | undefined): ChatMessage[] {
  const gone = new Set<ChatMessage | null>()
  for (const message of messages) {
    const { role, id, status, parent } = message
    if (role !== 'assistant' || id !== undefined || status !== 'finished') continue
    const isStored = parent?.id !== undefined
    if (!isStored && parent?.content !== again) continue
    gone.add(message)
    if (!isStored) gone.add(parent)
  }
  return gone.size === 0 ? messages : messages.filter((message) => !gone.has(message))
}
