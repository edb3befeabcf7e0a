import { z } from 'zod'
import * as input from '../input.ts'
import { procedures, router } from '../trpc.ts'

const one = z.strictObject({ id: input.id })

export const conversations = router({
  /** Lists conversations, newest first; `query` searches titles and messages. */
  list: procedures.read
    .input(input.list)
    .query(({ ctx, input: call }) => ctx.services.conversations.list(call)),

  get: procedures.read.input(one).query(({ ctx, input: { id } }) => ctx.services.conversations.get(id)),

  /** Stores the message, then begins the answer. Without `conversationId` it opens a conversation. */
  send: procedures.start
    .input(input.send)
    .mutation(({ ctx: { services, acceptedAt }, input: call }) =>
      services.conversations.send({ ...call, acceptedAt }),
    ),

  /**
   * Begins another answer to the question that `messageId` answers, beside it in the tree; by default with the same
   * model.
   */
  regenerate: procedures.start
    .input(z.strictObject({ requestId: input.requestId, messageId: input.id, model: input.model }))
    .mutation(({ ctx: { services, acceptedAt }, input: call }) =>
      services.conversations.regenerate({ ...call, acceptedAt }),
    ),

  rename: procedures.chat
    .input(z.strictObject({ id: input.id, title: input.title }))
    .mutation(({ ctx, input: { id, title } }) => ctx.services.conversations.rename(id, title.trim())),

  remove: procedures.chat
    .input(one)
    .mutation(({ ctx, input: { id } }) => ctx.services.conversations.remove(id)),

  export: procedures.read.input(one).query(({ ctx, input: { id } }) => ctx.services.conversations.export(id)),

  import: procedures.chat
    .input(input.importFile)
    .mutation(({ ctx, input: file }) => ctx.services.conversations.import(file)),
})
