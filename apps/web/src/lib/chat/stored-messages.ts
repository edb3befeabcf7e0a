import type { Message } from '@slicechat/client'
import type { ChatMessage } from './message.svelte.ts'

type Create = (role: Message['role'], parent: ChatMessage | null) => ChatMessage

/** An answer that is being made, and that nobody here reads yet. */
export interface Unread {
  message: ChatMessage
  generationId: string
  /** Where its text ends by now. */
  seq: string
}

interface Taken {
  messages: ChatMessage[]
  unread: Unread[]
}

const isFinished = ({ generation }: Message) => generation === undefined || generation.status === 'finished'

/** Whether what is stored is newer: what is read here already is not, nor what has ended here and not yet there. */
function isNews(shown: ChatMessage, stored: Message): boolean {
  if (shown.status !== 'finished') return false
  return isFinished(stored) || shown.outcome?.error !== undefined
}

/**
 * The stored messages as the page has them: those that it had already stay the same objects. What never reached the API
 * stays too, at the end, unless it turns out to have reached it after all.
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
 * Without answers that failed before the API had stored anything. Their questions stay, as another try at the same place,
 * since nobody else has their text; but for one that is being asked `again`.
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
