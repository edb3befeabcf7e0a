import { z } from 'zod'
import { span } from './duration.ts'

const positive = z.number().positive()
const MOST_USERS = 100_000
/** More than one machine can begin in a second. */
const MOST_RATE = 100_000
const users = z.int().min(1).max(MOST_USERS)

const some = (key: 'users' | 'rate', from: number, stages: readonly { users?: number; rate?: number }[]) =>
  from > 0 || stages.some((stage) => (stage[key] ?? 0) > 0)

/**
 * How many users there are, or when conversations begin. Rates are conversations begun per second; a conversation has
 * one or more turns.
 */
export const executor = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('constant-vus'), users, duration: span }),
  z
    .strictObject({
      type: z.literal('ramping-vus'),
      startUsers: z.int().min(0).max(MOST_USERS).default(0),
      /** In each stage the number of users changes linearly to the stage's. */
      stages: z.array(z.strictObject({ duration: span, users: z.int().min(0).max(MOST_USERS) })).min(1),
    })
    .refine(({ startUsers, stages }) => some('users', startUsers, stages), {
      path: ['stages'],
      message: 'never has a user: startUsers and all stages are 0',
    }),
  z.strictObject({
    type: z.literal('constant-arrival-rate'),
    rate: positive.max(MOST_RATE),
    duration: span,
    maxUsers: users,
  }),
  z
    .strictObject({
      type: z.literal('ramping-arrival-rate'),
      startRate: z.number().min(0).max(MOST_RATE).default(0),
      stages: z.array(z.strictObject({ duration: span, rate: z.number().min(0).max(MOST_RATE) })).min(1),
      maxUsers: users,
    })
    .refine(({ startRate, stages }) => some('rate', startRate, stages), {
      path: ['stages'],
      message: 'never has an arrival: startRate and all stages are 0',
    }),
  z
    .strictObject({
      type: z.literal('trace'),
      /** Relative to the scenario's file. */
      file: z.string().min(1),
      format: z.enum(['sharegpt', 'mooncake', 'burstgpt', 'azure']),
      /** 2 replays twice as fast. */
      speed: positive.default(1),
      /** Conversations a second, for formats without times of their own (ShareGPT). */
      rate: positive.max(MOST_RATE).optional(),
      /** Only the first `limit` conversations of the file. */
      limit: z.int().min(1).optional(),
      /** Leaves out and counts rows that cannot be used; else they are refused. */
      skipInvalid: z.boolean().default(false),
      /** Tokens that one of Mooncake's hash ids stands for; absent: 512, as in the traces that Mooncake published. */
      blockTokens: z.int().min(1).max(65_536).optional(),
      maxUsers: users,
    })
    .superRefine(({ format, rate, speed, blockTokens }, context) => {
      const issue = (key: string, message: string) =>
        context.addIssue({ code: 'custom', path: [key], message })
      const timeless = format === 'sharegpt'
      if (timeless && rate === undefined) issue('rate', 'is needed: a ShareGPT file has no times')
      if (timeless && speed !== 1) issue('speed', 'a ShareGPT file has no times to replay faster; use rate')
      if (blockTokens !== undefined && format !== 'mooncake')
        issue('blockTokens', 'only a mooncake trace names blocks')
      if (!timeless && rate !== undefined)
        issue('rate', `a ${format} trace has times of its own; use speed to replay it faster or slower`)
    }),
])

export type Executor = z.output<typeof executor>
export type TraceFormat = Extract<Executor, { type: 'trace' }>['format']

/** Milliseconds in which an executor begins conversations; `undefined` for a trace, whose file decides. */
export function durationOf(executor: Executor): number | undefined {
  if (executor.type === 'trace') return undefined
  if ('duration' in executor) return executor.duration
  return executor.stages.reduce((sum, stage) => sum + stage.duration, 0)
}
