import { z } from 'zod'
import { constantArrivalRate } from './constant-arrival-rate/constant-arrival-rate.ts'
import { constantVus } from './constant-vus/constant-vus.ts'
import type { ExecutorType } from './executor-type.ts'
import { rampingArrivalRate } from './ramping-arrival-rate/ramping-arrival-rate.ts'
import { rampingVus } from './ramping-vus/ramping-vus.ts'
import { trace } from './trace/trace.ts'

/** All types of executors, in the order in which messages list them. A new one is a folder here, and its line. */
const executorTypes = [constantVus, rampingVus, constantArrivalRate, rampingArrivalRate, trace] as const

type SchemasOf<Types extends readonly ExecutorType[]> = {
  -readonly [Index in keyof Types]: Types[Index]['schema']
}

/**
 * How many users there are, or when conversations begin. Rates are conversations begun per second; a conversation has
 * one or more turns.
 */
export const executor = z.discriminatedUnion(
  'type',
  executorTypes.map(({ schema }) => schema) as SchemasOf<typeof executorTypes>,
)

/** The executor of a scenario. */
export type Executor = z.output<typeof executor>

/** The type of a name as a scenario has it, which may be wrong. */
export const executorTypeNamed = (name: unknown): ExecutorType | undefined =>
  executorTypes.find(({ type }) => type === name)

/** What is known of an executor's type. */
export const executorTypeOf = ({ type }: Executor): ExecutorType<typeof executor> =>
  executorTypeNamed(type) as ExecutorType<typeof executor>
