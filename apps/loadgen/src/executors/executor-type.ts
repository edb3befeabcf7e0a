import type { z } from 'zod'
import type { Conversations } from '../plan/conversation.ts'
import type { Plan } from '../plan/plan.ts'
import type { ArrivalProcess } from '../schema/arrival-process.ts'
import type { ConversationModel } from '../schema/conversation.ts'

/** A flag that is short for a key of the executor: `--users 5` for `--set executor.users=5`. */
export type LoadFlag = 'users' | 'rate' | 'duration'

/** The other parts of a scenario that an executor has to fit; a part that is wrong in itself is missing. */
export interface ScenarioParts {
  readonly arrivals?: ArrivalProcess | undefined
  readonly conversation?: ConversationModel | undefined
}

/** Reports a contradiction. @param path where in the scenario, such as `executor.rate` */
export type Report = (path: string, message: string) => void

/** What a plan is made of besides the executor. */
export interface PlanContext {
  readonly conversations: Conversations
  readonly arrivals: ArrivalProcess
  readonly seed: number
  /** What the path of a file is relative to. */
  readonly directory: string
}

/** All that is known of a type of executor: what it accepts, what it plans, and how it is described. */
export interface ExecutorType<Schema extends z.ZodType = z.ZodType, Executor = z.output<Schema>> {
  /** As scenarios name it. */
  readonly type: string
  /** Its part of the scenario's schema. */
  readonly schema: Schema
  /** Recorded data decide when conversations begin, and how long messages and answers are. */
  readonly isRecorded: boolean
  /** The flags that are short for its keys: `true` if it has the key, else a hint what to use instead. */
  readonly loadFlags: Readonly<Record<LoadFlag, true | string>>
  /** Milliseconds in which it begins conversations; `undefined` if only its plan knows. */
  durationMs(executor: Executor): number | undefined
  /** Contradictions with itself or with other parts of the scenario, all of which are valid alone. */
  validate(executor: Executor, parts: ScenarioParts, report: Report): void
  /** @throws ScenarioProblem if a file that it names cannot be used */
  plan(executor: Executor, context: PlanContext): Plan
  /** As a scenario file has it: durations with their units, paths absolute. */
  written(executor: Executor, directory: string): object
  /** Its load in a few words, such as `up to 20 users`. */
  describe(executor: Executor): string
  /** What it does at a time of the run, in a few words. */
  stageAt(executor: Executor, elapsedMs: number): string
}

/** Checks a description of a type of executor, and infers its types. */
export const defineExecutor = <Schema extends z.ZodType>(
  definition: ExecutorType<Schema>,
): ExecutorType<Schema> => definition
