import type { Conversation, ConversationExport } from '../contract/message.ts'

/** A conversation as a file. */
export const toExport = ({ title, messages }: Conversation): ConversationExport => ({
  format: 'slicechat-conversation',
  version: 1,
  title,
  messages: messages.map(({ id, parentId, role, content, reasoning, createdAt }) => ({
    id,
    parentId,
    role,
    content,
    reasoning,
    createdAt,
  })),
})
