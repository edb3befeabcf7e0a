import { LIMITS } from '@slicechat/contract'
import { type Run, runSchema } from '@slicechat/run/schema'
import { z } from 'zod'

/** Text that every store keeps unchanged: no NUL (PostgreSQL refuses it) and no lone surrogate. */
const text = (max: number) =>
  z
    .string()
    .max(max, `must be at most ${max} characters`)
    .refine((value) => !value.includes('\0'), 'must not contain NUL characters')
    .refine((value) => value.isWellFormed(), 'must be well-formed Unicode')

const filled = (max: number) => text(max).refine((value) => value.trim() !== '', 'must not be empty')

const uuid = z.uuid('must be a UUID').transform((value) => value.toLowerCase())

export const requestId = uuid
export const id = uuid
const content = filled(LIMITS.messageChars)
export const title = filled(LIMITS.titleChars)
export const personName = filled(100).transform((name) => name.trim())
export const email = z.email('must be an e-mail address').max(254)
export const role = z.enum(['user', 'admin'])

const tokens = z.int().min(1).max(10_000_000)

export const params = z
  .strictObject({
    temperature: z.number().min(0).max(2).optional(),
    topP: z.number().gt(0).max(1).optional(),
    maxTokens: tokens.optional(),
    /** Tokens before which the answer does not end by itself (vLLM's `min_tokens`; other servers may refuse it). */
    minTokens: tokens.optional(),
    seed: z.int().optional(),
    stop: z.array(filled(LIMITS.stopChars)).max(LIMITS.stopStrings).optional(),
    systemPrompt: text(LIMITS.messageChars).optional(),
  })
  .refine(({ minTokens = 0, maxTokens = Infinity }) => minTokens <= maxTokens, {
    path: ['minTokens'],
    message: 'must not be above maxTokens',
  })
/** Sampling parameters of one generation; absent ones are left to the model server's defaults. */
export type Params = z.infer<typeof params>

export const promptMessage = z.strictObject({
  role: z.enum(['system', 'user', 'assistant']),
  content: text(LIMITS.messageChars),
})
/** One message as the model reads it. */
export type PromptMessage = z.infer<typeof promptMessage>

export const model = filled(300).optional()

export const start = z.strictObject({
  requestId,
  messages: z.array(promptMessage).min(1, 'must hold at least one message').max(LIMITS.messages),
  model,
  params: params.optional(),
})

export const send = z.strictObject({
  requestId,
  conversationId: id.optional(),
  parentId: id.nullish(),
  content,
  model,
  params: params.optional(),
})

export const stream = z.strictObject({
  generationId: id,
  /** The id of the last event that the reader received, as `tracked` gave it. */
  lastEventId: z
    .string()
    .regex(/^\d{1,15}$/, 'must be the id of an event of this stream')
    .nullish(),
})

const milliseconds = z.number().min(0).max(86_400_000).nullable()

export const report = z.strictObject({
  generationId: id,
  ttftMs: milliseconds,
  interTokenMsMean: milliseconds,
  longestGapMs: milliseconds,
})

export const cursor = z
  .string()
  .regex(/^[\d.:TZ-]{1,30}~[\da-f-]{36}$/, 'must be the nextCursor of a page')
  .nullish()

export const list = z
  .strictObject({
    query: text(200).optional(),
    cursor,
    limit: z.int().min(1).max(100).default(30),
  })
  .default({ limit: 30 })

export const importFile = z.strictObject({
  format: z.literal('slicechat-conversation'),
  version: z.literal(1),
  title,
  messages: z
    .array(
      z.strictObject({
        id: z.string().min(1).max(100),
        parentId: z.string().min(1).max(100).nullable(),
        role: z.enum(['user', 'assistant']),
        content: text(LIMITS.messageChars * 50),
        reasoning: text(LIMITS.messageChars * 50).default(''),
        note: z.strictObject({ reason: text(60), message: text(500) }).optional(),
        createdAt: z.iso
          .datetime({ offset: true })
          .transform((at) => new Date(at).toISOString())
          .optional(),
      }),
    )
    .max(LIMITS.importMessages),
})

/** Latest accepted start of a run. Up to here the year has four digits, so that ISO dates sort as text. */
const lastMoment = Date.UTC(9999, 11, 31)

export const upload = z.strictObject({
  run: z
    .custom<Run>(
      (run) => run === undefined || JSON.stringify(run).length <= LIMITS.runChars,
      `must be at most ${LIMITS.runChars} characters of JSON`,
    )
    .pipe(
      runSchema.extend({
        id,
        name: filled(LIMITS.titleChars),
        startedAt: z.number().min(0).max(lastMoment),
        target: runSchema.shape.target.extend({ model: text(300), url: text(2_000) }),
      }),
    ),
})
