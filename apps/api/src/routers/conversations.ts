import { z } from 'zod'
import * as input from '../input.ts'
import { procedure, router } from '../trpc.ts'

const one = z.strictObject({ id: input.id })

export const conversations = router({
  /** Lists conversations, newest first; `query` searches titles and messages. */
  list: procedure
    .input(input.list)
    .query(({ ctx, input: call }) => ctx.services.conversationStore.list(ctx.owner, call)),

  get: procedure.input(one).query(({ ctx, input: { id } }) => ctx.services.conversations.get(ctx.owner, id)),

  /** Stores the message, then begins the answer. Without `conversationId` it opens a conversation. */
  send: procedure
    .input(input.send)
    .mutation(({ ctx: { services, owner, acceptedAt }, input: call }) =>
      services.conversations.send(owner, { ...call, acceptedAt }),
    ),

  /**
   * Begins another answer to the question that `messageId` answers, beside it in the tree; by default with the same
   * model.
   */
  regenerate: procedure
    .input(z.strictObject({ requestId: input.requestId, messageId: input.id, model: input.model }))
    .mutation(({ ctx: { services, owner, acceptedAt }, input: call }) =>
      services.conversations.regenerate(owner, { ...call, acceptedAt }),
    ),

  rename: procedure
    .input(z.strictObject({ id: input.id, title: input.title }))
    .mutation(({ ctx, input: { id, title } }) =>
      ctx.services.conversations.rename(ctx.owner, id, title.trim()),
    ),

  remove: procedure
    .input(one)
    .mutation(({ ctx, input: { id } }) => ctx.services.conversations.remove(ctx.owner, id)),

  export: procedure
    .input(one)
    .query(({ ctx, input: { id } }) => ctx.services.conversations.export(ctx.owner, id)),

  import: procedure
    .input(input.importFile)
    .mutation(({ ctx, input: file }) => ctx.services.conversations.import(ctx.owner, file)),
})
