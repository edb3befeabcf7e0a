import { z } from 'zod'
import { MAX_RATE, maxUsers } from '../arrival-rates.ts'

const positive = z.number().positive()

/** The schema of a recorded trace that is replayed. */
export const traceSchema = z
  .strictObject({
    type: z.literal('trace'),
    /** Relative to the scenario's file. */
    file: z.string().min(1),
    format: z.enum(['sharegpt', 'mooncake', 'burstgpt', 'azure']),
    /** 2 replays twice as fast. */
    speed: positive.default(1),
    /** Conversations a second, for formats without times of their own (ShareGPT). */
    rate: positive.max(MAX_RATE).optional(),
    /** Only the first `limit` conversations of the file. */
    limit: z.int().min(1).optional(),
    /** Leaves out and counts rows that cannot be used; else they are refused. */
    skipInvalid: z.boolean().default(false),
    /** Tokens that one of Mooncake's hash ids stands for; absent: 512, as in the traces that Mooncake published. */
    blockTokens: z.int().min(1).max(65_536).optional(),
    maxUsers,
  })
  .superRefine(({ format, rate, speed, blockTokens }, context) => {
    const issue = (key: string, message: string) => context.addIssue({ code: 'custom', path: [key], message })
    const timeless = format === 'sharegpt'
    if (timeless && rate === undefined) issue('rate', 'is needed: a ShareGPT file has no times')
    if (timeless && speed !== 1) issue('speed', 'a ShareGPT file has no times to replay faster; use rate')
    if (blockTokens !== undefined && format !== 'mooncake')
      issue('blockTokens', 'only a mooncake trace names blocks')
    if (!timeless && rate !== undefined)
      issue('rate', `a ${format} trace has times of its own; use speed to replay it faster or slower`)
  })

/** A trace that is replayed; durations are in milliseconds. */
export type TraceExecutor = z.output<typeof traceSchema>
/** Whose format a trace has. */
export type TraceFormat = TraceExecutor['format']
