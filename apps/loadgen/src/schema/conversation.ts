import { z } from 'zod'
import { distribution, largest, timeDistribution, typical } from './distribution.ts'

const share = z.number().min(0).max(1)
/** Shares are written as decimals, whose sum has a rounding error. */
const ROUNDING = 1e-6
const sum = (shares: readonly number[]) => shares.reduce((total, one) => total + one, 0)

/** More than any model takes and than memory can hold: a larger number is a mistaken unit. */
export const MAX_TOKENS = 10_000_000
const MAX_TURNS = 10_000

/** A distribution of a number of things, at least one. */
const count = (most: number) =>
  distribution
    .refine((d) => largest(d) >= 1, 'can never reach 1')
    .refine((d) => typical(d) <= most, `is more than ${most.toLocaleString('en-US')}`)

/** What a conversation is like. Lengths are in tokens, times in milliseconds. */
export const conversation = z
  .strictObject({
    /** User messages; absent: one, or as many as the trace has. */
    turns: count(MAX_TURNS).optional(),
    /** From the end of an answer to the user's next message. */
    thinkTime: timeDistribution.default({ type: 'constant', value: 0 }),
    /** Tokens of each message, by estimate; absent: the dialogue's own words unchanged. */
    prompt: count(MAX_TOKENS).optional(),
    /** Maximum tokens of each answer; absent: the trace's, or the server's default. */
    answer: count(MAX_TOKENS).optional(),
    /** Answers have exactly that length, whatever the model would say (needs a vLLM behind the API). */
    exactAnswers: z.boolean().default(false),
    /** Share of conversations with each system prompt; the rest have none. The same prompt is a shared prefix. */
    systemPrompts: z
      .array(z.strictObject({ share, tokens: z.int().min(1).max(MAX_TOKENS) }))
      .default([])
      .refine((prompts) => sum(prompts.map((prompt) => prompt.share)) <= 1 + ROUNDING, {
        message: 'the shares come to more than 1',
      }),
    languages: z
      .strictObject({ en: share.default(0), zh: share.default(0) })
      .refine(({ en, zh }) => Math.abs(en + zh - 1) <= ROUNDING, { message: 'the shares must come to 1' })
      .default({ en: 1, zh: 0 }),
    /** Share of answers that the user has generated again. */
    regenerate: share.default(0),
    /** Share of answers that the user gives up, if they have not ended this long after sending. */
    abandon: z
      .strictObject({ share, after: timeDistribution, how: z.enum(['stop', 'leave']).default('stop') })
      .optional(),
    temperature: z.number().min(0).max(2).optional(),
  })
  .prefault({})

/** What the conversations of a scenario are like. */
export type ConversationModel = z.output<typeof conversation>
