import type { Plan, PlannedConversation, PlannedTurn } from '../plan/plan.ts'
import type { RequestRecord } from '../run/request-record.ts'
import { processMs } from '../run/run-clock.ts'
import { runShard, type ShardResult } from '../run/shard.ts'
import { scenarioSchema } from '../scenario/scenario.ts'
import { checkTarget, openTarget, type TargetOptions } from '../target/open-target.ts'

export interface ShortRun {
  readonly target: TargetOptions
  readonly plan: Plan
  /** Overrides of a scenario in which one user says hello. */
  readonly scenario?: Record<string, unknown>
  readonly signal?: AbortSignal
}

/** Runs a test's own plan in this thread. */
export async function shortRun({
  target: options,
  plan,
  scenario = {},
  signal,
}: ShortRun): Promise<ShardResult & { readonly records: RequestRecord[] }> {
  const target = openTarget(await checkTarget(options))
  const records: RequestRecord[] = []
  try {
    const result = await runShard({
      scenario: scenarioSchema.parse({
        name: 'test',
        executor: { type: 'constant-vus', users: 1, duration: '1s' },
        grace: '10s',
        ...scenario,
      }),
      plan,
      target,
      signal,
      zero: processMs() + 50,
      onRequest: (record) => records.push(record),
    })
    return { ...result, records }
  } finally {
    await target.close()
  }
}

/** A planned turn; a test overrides what matters to it. */
export const turn = (over: Partial<PlannedTurn> = {}): PlannedTurn => ({
  content: 'Say hello.',
  thinkMs: 0,
  maxTokens: 20,
  abandonAfterMs: undefined,
  regenerate: false,
  ...over,
})

export const conversation = (
  id: string,
  turns: PlannedConversation['turns'] = [turn()],
): PlannedConversation => ({ id, systemPrompt: undefined, turns })

/** An open-loop plan: `count` conversations, one every `everyMs` milliseconds. */
export function arrivals(
  { count, everyMs, maxUsers = 1_000 }: { count: number; everyMs: number; maxUsers?: number },
  made: (index: number) => PlannedConversation = (index) => conversation(`c${index}`),
): Plan {
  return {
    kind: 'open',
    durationMs: count * everyMs,
    maxUsers,
    *arrivals() {
      for (let index = 0; index < count; index++) yield { atMs: index * everyMs, conversation: made(index) }
    },
  }
}

/** A closed-loop plan with a constant number of users. */
export const users = (
  count: number,
  durationMs: number,
  made: (user: number, ordinal: number) => PlannedConversation,
): Plan => ({
  kind: 'closed',
  durationMs,
  conversation: made,
  usersAt: (ms) => (ms >= 0 && ms <= durationMs ? count : 0),
  changes: () => [0, durationMs],
})
