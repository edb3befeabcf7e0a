import { arrival } from '../../plan/arrival.ts'
import { arrivalTimes } from '../../plan/arrivals.ts'
import type { OpenPlan } from '../../plan/plan.ts'
import { RandomStream } from '../../random/random-stream.ts'
import { RateProfile } from '../../plan/rate-profile.ts'
import type { PlanContext } from '../executor-type.ts'
import type { TraceExecutor } from './trace-schema.ts'
import { readMooncake } from './mooncake.ts'
import { readShareGpt } from './sharegpt.ts'
import { readAzure, readBurstGpt } from './token-rows.ts'
import { TraceFile } from './trace-file.ts'
import type { TracedConversation } from '../../plan/traced-conversation.ts'

/** Block size of the traces that Mooncake published. */
const MOONCAKE_BLOCK_TOKENS = 512

/**
 * Replays a recorded trace; its first arrival is the run's time zero.
 * @throws ScenarioProblem with what is malformed
 */
export function tracePlan(executor: TraceExecutor, context: PlanContext): OpenPlan {
  const { conversations, directory } = context
  const { format, skipInvalid, limit = Infinity } = executor
  const file = new TraceFile(directory, executor.file, { format, skipInvalid, limit })
  const traced = read(file, executor)
  const remarks = file.finish(traced.length)
  const { times, durationMs } = timesOf(traced, executor, context)
  return {
    kind: 'open',
    durationMs,
    maxUsers: executor.maxUsers,
    remarks,
    *arrivals() {
      for (const { atMs, index } of times) {
        const one = traced[index]
        if (one !== undefined) yield arrival(atMs, () => conversations.fromTrace(`trace-${index}`, one))
      }
    },
  }
}

function read(
  file: TraceFile,
  { format, blockTokens = MOONCAKE_BLOCK_TOKENS }: TraceExecutor,
): TracedConversation[] {
  switch (format) {
    case 'sharegpt':
      return readShareGpt(file)
    case 'mooncake':
      return readMooncake(file, blockTokens)
    case 'burstgpt':
      return readBurstGpt(file)
    case 'azure':
      return readAzure(file)
  }
}

interface Times {
  readonly times: readonly { readonly atMs: number; readonly index: number }[]
  readonly durationMs: number
}

function timesOf(
  traced: readonly TracedConversation[],
  { rate = 1, speed }: TraceExecutor,
  { arrivals, seed }: PlanContext,
): Times {
  const recorded = traced.flatMap(({ atMs }, index) => (atMs === undefined ? [] : [{ atMs, index }]))
  if (recorded.length === 0) {
    // Every conversation is used, however long the random gaps become.
    const endless = RateProfile.constant(rate, Number.MAX_SAFE_INTEGER)
    const random = arrivalTimes(endless, arrivals, new RandomStream(seed, 'arrivals'))
    const times = traced.map((_, index) => ({ atMs: random.next().value as number, index }))
    return { times, durationMs: afterLast(times) }
  }
  const zero = recorded.reduce((least, { atMs }) => Math.min(least, atMs), Infinity)
  const times = recorded
    .map(({ atMs, index }) => ({ atMs: (atMs - zero) / speed, index }))
    .sort((one, other) => one.atMs - other.atMs)
  return { times, durationMs: afterLast(times) }
}

/** A trace has no duration of its own: it ends with the second after its last arrival. */
const afterLast = (times: Times['times']) => Math.floor((times.at(-1)?.atMs ?? 0) / 1000 + 1) * 1000
