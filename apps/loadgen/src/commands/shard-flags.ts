import { omitUndefined } from '@slicechat/contract'
import type { Share } from '../run/share.ts'
import { InputProblem } from '../problems/input-problem.ts'
import { UsageProblem } from '../problems/usage-problem.ts'

/** The part of a run that this process sends, and when the run begins. */
export function shardOptionsOf(flags: {
  readonly shard: string | undefined
  readonly 'start-at': string | undefined
}): {
  shard?: Share
  startAt?: number
} {
  const { shard, 'start-at': time } = flags
  return omitUndefined({
    shard: shard === undefined ? undefined : shardOf(shard),
    startAt: time === undefined ? undefined : startTimeOf(time),
  })
}

function shardOf(text: string): Share {
  const [, first, second] = /^(\d+)\/(\d+)$/.exec(text) ?? []
  const [index, count] = [Number(first), Number(second)]
  if (first === undefined || !(index < count))
    throw new UsageProblem([`--shard ${text}: is not I/N with I from 0 to N − 1, such as 0/4`])
  return { index, count }
}

const TIME = /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d(?::\d\d(?:\.\d+)?)?)(Z|[+-]\d\d:?\d\d)?$/i

/** @throws UsageProblem if the zone is missing: machines in different zones would begin hours apart */
function startTimeOf(text: string): number {
  const flag = `--start-at ${text}`
  const [, day = '', time = '', zone] = TIME.exec(text) ?? []
  const local = `${day}T${time}`
  // `Date` reads a day that its month does not have as one of the next month.
  const utc = new Date(`${local}Z`)
  if (day === '' || Number.isNaN(utc.getTime()) || !utc.toISOString().startsWith(day))
    throw new UsageProblem([`${flag}: is no time such as 2026-01-31T14:05:00Z`])
  if (zone === undefined) {
    const here = `${local}${zoneText(new Date(local))}`
    throw new UsageProblem([
      `${flag}: has no zone; write ${local}Z for UTC, or ${here} for the time of this machine`,
    ])
  }
  const at = Date.parse(`${local}${zone.replace(/(\d\d)(\d\d)$/, '$1:$2')}`)
  if (Number.isNaN(at)) throw new UsageProblem([`${flag}: ${zone} is no zone`])
  if (at < Date.now()) throw new InputProblem(flag, 'is past')
  return at
}

/** `+02:00`: how far this machine's local time is ahead of UTC at a moment. */
function zoneText(at: Date): string {
  const minutes = -at.getTimezoneOffset()
  const two = (number: number) => String(Math.floor(number)).padStart(2, '0')
  return `${minutes < 0 ? '-' : '+'}${two(Math.abs(minutes) / 60)}:${two(Math.abs(minutes) % 60)}`
}
