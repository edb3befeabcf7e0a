import type { Share } from '../run/share.ts'
import { InputProblem } from './input-problem.ts'
import { UsageProblem } from './usage-problem.ts'

/** Which part of a run this process sends, and when it begins. */
export function shareOf(flags: {
  readonly shard: string | undefined
  readonly 'start-at': string | undefined
}): {
  shard?: Share
  startAt?: number
} {
  const { shard, 'start-at': time } = flags
  return {
    ...(shard === undefined ? {} : { shard: partOf(shard) }),
    ...(time === undefined ? {} : { startAt: momentOf(time) }),
  }
}

function partOf(text: string): Share {
  const [, first, second] = /^(\d+)\/(\d+)$/.exec(text) ?? []
  const [index, count] = [Number(first), Number(second)]
  if (first === undefined || !(index < count))
    throw new UsageProblem([`--shard ${text}: is not I/N with I from 0 to N − 1, such as 0/4`])
  return { index, count }
}

function momentOf(text: string): number {
  const at = Date.parse(text)
  if (Number.isNaN(at))
    throw new UsageProblem([`--start-at ${text}: is no time such as 2026-01-31T14:05:00Z`])
  if (at < Date.now()) throw new InputProblem(`--start-at ${text}`, 'is past')
  return at
}
