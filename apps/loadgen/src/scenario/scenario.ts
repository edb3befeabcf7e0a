import { z } from 'zod'

/** `500ms`, `20s`, `5m`, `1h`, or a number of seconds; in milliseconds after parsing. */
const duration = z.union([
  z
    .number()
    .min(0)
    .transform((seconds) => seconds * 1000),
  z
    .string()
    .regex(/^\d+(\.\d+)?(ms|s|m|h)$/, 'a duration such as 500ms, 20s, 5m or 1h')
    .transform(
      (text) => Number.parseFloat(text) * UNIT_MS[text.replace(/[\d.]/g, '') as keyof typeof UNIT_MS],
    ),
])
const UNIT_MS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 }
const share = z.number().min(0).max(1)
const positive = z.number().positive()
const users = z.int().min(1).max(100_000)

/** A number by chance: a constant, or one of the named distributions, cut to `min` and `max`. */
const distribution = z.union([
  positive.or(z.literal(0)).transform((value) => ({ type: 'constant' as const, value })),
  z
    .discriminatedUnion('type', [
      z.strictObject({ type: z.literal('constant'), value: z.number().min(0) }),
      z.strictObject({ type: z.literal('uniform'), min: z.number().min(0), max: positive }),
      z.strictObject({
        type: z.literal('lognormal'),
        median: positive,
        /** Standard deviation of the logarithm. */
        sigma: positive,
        min: z.number().min(0).optional(),
        max: positive.optional(),
      }),
      z.strictObject({
        type: z.literal('exponential'),
        mean: positive,
        min: z.number().min(0).optional(),
        max: positive.optional(),
      }),
      z.strictObject({
        type: z.literal('normal'),
        mean: positive,
        deviation: positive,
        min: z.number().min(0).optional(),
        max: positive.optional(),
      }),
      z.strictObject({ type: z.literal('empirical'), values: z.array(z.number().min(0)).min(1) }),
    ])
    .refine((d) => !('min' in d && 'max' in d) || (d.min ?? 0) <= (d.max ?? Infinity), {
      path: ['max'],
      message: 'must not be below min',
    }),
])

/** Who sends when. Rates are conversations started per second; a conversation has one or more turns. */
const executor = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('constant-vus'), users, duration }),
  z.strictObject({
    type: z.literal('ramping-vus'),
    startUsers: z.int().min(0).default(0),
    stages: z.array(z.strictObject({ duration, users: z.int().min(0).max(100_000) })).min(1),
  }),
  z.strictObject({ type: z.literal('constant-arrival-rate'), rate: positive, duration, maxUsers: users }),
  z.strictObject({
    type: z.literal('ramping-arrival-rate'),
    startRate: z.number().min(0).default(0),
    stages: z.array(z.strictObject({ duration, rate: z.number().min(0) })).min(1),
    maxUsers: users,
  }),
  z.strictObject({
    type: z.literal('trace'),
    /** Relative to the scenario's file. */
    file: z.string().min(1),
    format: z.enum(['sharegpt', 'mooncake', 'burstgpt']),
    /** 2 replays twice as fast. */
    speed: positive.default(1),
    /** Conversations a second, for formats without times of their own (ShareGPT). */
    rate: positive.optional(),
    limit: z.int().min(1).optional(),
    maxUsers: users,
  }),
])

export const scenarioSchema = z.strictObject({
  name: z.string().regex(/^[a-z0-9-]+$/, 'lower-case letters, digits and hyphens'),
  description: z.string().default(''),
  executor,
  /** Times between arrivals of the rate executors. Gamma: 1 is Poisson, below 1 smoother, above 1 burstier. */
  arrivals: z
    .discriminatedUnion('process', [
      z.strictObject({ process: z.literal('constant') }),
      z.strictObject({ process: z.literal('poisson') }),
      z.strictObject({ process: z.literal('gamma'), burstiness: positive }),
    ])
    .default({ process: 'poisson' }),
  conversation: z
    .strictObject({
      turns: distribution.default({ type: 'constant', value: 1 }),
      /** Seconds from the end of an answer to the user's next message. */
      thinkTime: distribution.default({ type: 'constant', value: 0 }),
      /** Tokens of each message, about four characters each; absent: the dialogue's own words as they are. */
      prompt: distribution.optional(),
      /** Most tokens of each answer; absent: the server's default. */
      answer: distribution.optional(),
      /** Answers are exactly that long, whatever the model would say (needs a vLLM behind the API). */
      exactAnswers: z.boolean().default(false),
      /** Share of conversations with each system prompt; what is left has none. Same text: shared prefix. */
      systemPrompts: z.array(z.strictObject({ share, tokens: z.int().min(1) })).default([]),
      languages: z.record(z.enum(['en', 'zh']), share).default({ en: 1, zh: 0 }),
      /** Share of answers that the user has made again. */
      regenerate: share.default(0),
      /** Share of answers that the user does not wait for, after so many seconds from sending. */
      abandon: z
        .strictObject({ share, after: distribution, how: z.enum(['stop', 'leave']).default('stop') })
        .optional(),
      temperature: z.number().min(0).max(2).optional(),
    })
    .prefault({}),
  warmUp: duration.default(0),
  coolDown: duration.default(0),
  /** How long after the plan's end answers may still come before the run is cut short. */
  grace: duration.default(60_000),
  slo: z
    .strictObject({ ttft: duration.optional(), interToken: duration.optional(), e2e: duration.optional() })
    .default({}),
  /** For example `ttft.p95 < 2s`, `errors.rate < 1%`, `goodput >= 0.95`. */
  thresholds: z.array(z.string()).default([]),
})

/** A scenario as the code uses it: defaults filled in, durations in milliseconds. */
export type Scenario = z.output<typeof scenarioSchema>
export type Distribution = z.output<typeof distribution>
export type Executor = z.output<typeof executor>
