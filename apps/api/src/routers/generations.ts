import type { GenerationEvent } from '@slicechat/contract'
import { tracked } from '@trpc/server'
import { z } from 'zod'
import * as input from '../input.ts'
import { CodedError } from '../errors.ts'
import { procedure, router, toCoded } from '../trpc.ts'

const withWriter = procedure.use(async ({ ctx, getRawInput, next }) =>
  next({ ctx: { writer: ctx.writerOf?.(await getRawInput()) } }),
)

export const generations = router({
  /** Begins an answer to messages that are not stored. A repeated `requestId` returns the same generation. */
  start: procedure
    .input(input.start)
    .mutation(({ ctx: { services, owner, acceptedAt }, input: call }) =>
      services.statelessGenerations.start(owner, { ...call, acceptedAt }),
    ),

  /** Streams the events after `lastEventId`, up to `finished`. A dropped reader can resume without loss or repetition. */
  stream: withWriter.input(input.stream).subscription(async function* ({ ctx, input: call, signal }) {
    const { generations: all, metrics } = ctx.services
    const position = Number(call.lastEventId ?? 0)
    if (position > 0) metrics.resumed()
    metrics.subscribers.inc()
    try {
      const over = signal ?? new AbortController().signal
      for await (const { seq, event } of all.stream(ctx.owner, call.generationId, position, over, ctx.writer))
        yield tracked<GenerationEvent>(String(seq), event)
    } catch (error) {
      // The middleware does not see this error. Unconverted, tRPC reports a defect and the reader retries for ever.
      throw toCoded(error).toTRPC()
    } finally {
      metrics.subscribers.dec()
    }
  }),

  /** Ends a running answer at once and keeps its text so far. */
  stop: procedure
    .input(z.strictObject({ generationId: input.id }))
    .mutation(async ({ ctx, input: { generationId } }) => ({
      stopped: await ctx.services.generations.stop(ctx.owner, generationId),
    })),

  /** Takes the latencies that a reader's browser measured; they are counted once per answer. */
  report: procedure
    .input(input.report)
    .mutation(async ({ ctx, input: { generationId, ttftMs, interTokenMsMean } }) => {
      const { generationStore, metrics } = ctx.services
      if ((await generationStore.find(ctx.owner, { id: generationId })) === undefined)
        throw new CodedError('NOT_FOUND', 'There is no such generation.')
      const model = await generationStore.report(ctx.owner, generationId)
      if (model !== undefined) metrics.observeClientReport({ model, ttftMs, interTokenMsMean })
      return { counted: model !== undefined }
    }),
})
