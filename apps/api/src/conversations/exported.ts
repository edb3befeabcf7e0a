import { type Conversation, type ConversationExport, omitUndefined } from '@slicechat/contract'

/** Converts a conversation to its file format. */
export const toExport = ({ title, messages }: Conversation): ConversationExport => ({
  format: 'slicechat-conversation',
  version: 1,
  title,
  messages: messages.map(({ generation, note = generation?.note, ...message }) => ({
    ...message,
    ...omitUndefined({ note }),
  })),
})
