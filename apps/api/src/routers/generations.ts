import { type GenerationEvent, LIMITS } from '@slicechat/contract'
import { tracked } from '@trpc/server'
import { z } from 'zod'
import { CodedError } from '../errors.ts'
import * as input from '../input.ts'
import { procedures, router, toCoded } from '../trpc.ts'

const withWriter = procedures.read.use(async ({ ctx, getRawInput, next }) =>
  next({ ctx: { writer: ctx.writerOf?.(await getRawInput()) } }),
)

export const generations = router({
  /** Begins an answer to messages that are not stored. A repeated `requestId` returns the same generation. */
  start: procedures.start
    .input(input.start)
    .mutation(({ ctx: { services, acceptedAt }, input: call }) =>
      services.generations.start({ ...call, acceptedAt }),
    ),

  /** Streams the events after `lastEventId`, up to `finished`. A dropped reader can resume without loss or repetition. */
  stream: withWriter.input(input.stream).subscription(async function* ({ ctx, input: call, signal }) {
    const { generations: own, metrics } = ctx.services
    const { openStreams = { count: 0 } } = ctx
    if (openStreams.count >= LIMITS.streamsPerSocket)
      throw new CodedError(
        'RATE_LIMITED',
        `This socket has ${openStreams.count} streams open already.`,
      ).toTRPC()
    const position = Number(call.lastEventId ?? 0)
    if (position > 0) metrics.resumed()
    metrics.subscribers.inc()
    openStreams.count++
    try {
      const over = signal ?? new AbortController().signal
      const events = await own.stream(call.generationId, position, over, ctx.writer)
      for await (const { seq, event } of events) yield tracked<GenerationEvent>(String(seq), event)
    } catch (error) {
      // The middleware does not see this error. Unconverted, tRPC reports a defect and the reader retries for ever.
      throw toCoded(error).toTRPC()
    } finally {
      metrics.subscribers.dec()
      openStreams.count--
    }
  }),

  /** Ends a running answer at once and keeps its text so far. */
  stop: procedures.chat
    .input(z.strictObject({ generationId: input.id }))
    .mutation(async ({ ctx, input: { generationId } }) => ({
      stopped: await ctx.services.generations.stop(generationId),
    })),

  /** Takes the latencies that a reader's browser measured; they are counted once per answer. */
  report: procedures.chat
    .input(input.report)
    .mutation(async ({ ctx, input: call }) => ({ counted: await ctx.services.generations.report(call) })),
})
