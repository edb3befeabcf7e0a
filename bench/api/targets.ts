import type { RouteName } from './routes.ts'
import type { Summary } from './summary.ts'

export interface Verdict {
  what: string
  streams: number
  /** Largest value that passes. */
  target: number
  measured: number
  unit: string
  passed: boolean
}

/** The route that must meet all targets: the API over WebSocket, the transport that clients try first. */
const JUDGED: RouteName = 'API, WebSocket'
/** The route that must meet the first target only. */
const DOOR: RouteName = 'openai door'

const targets: { what: string; unit: string; target: number; read: (of: Summary) => number | null }[] = [
  { what: 'CPU a token, against a bare Node proxy', unit: '×', target: 1.5, read: (of) => of.cpuRatio },
  { what: 'end-to-end time, against direct', unit: '×', target: 1.05, read: (of) => of.e2eRatio },
  { what: 'time to first token added, p50', unit: ' ms', target: 5, read: (of) => of.addedTtftP50 },
  { what: 'time to first token added, p99', unit: ' ms', target: 25, read: (of) => of.addedTtftP99 },
]
/** Judged at the largest load only: few streams would have to share the process's initial growth. */
const memory = { what: 'memory a stream', unit: ' KiB', target: 350 }

export function judge(summary: readonly Summary[]): Verdict[] {
  const rows = summary.filter(({ way }) => way === JUDGED)
  const door = summary.filter(({ way }) => way === DOOR)
  const verdicts = targets.flatMap(({ what, unit, target, read }, at) => [
    ...rows.map((row) => verdict({ what, unit, target }, row.streams, read(row))),
    ...(at > 0
      ? []
      : door.map((row) => verdict({ what: `${DOOR}: ${what}`, unit, target }, row.streams, read(row)))),
  ])
  const most = rows.at(-1)
  if (most !== undefined) verdicts.push(verdict(memory, most.streams, most.kibPerStream))
  return verdicts.filter((one) => one !== null)
}

function verdict(
  of: Pick<Verdict, 'what' | 'unit' | 'target'>,
  streams: number,
  measured: number | null,
): Verdict | null {
  return measured === null ? null : { ...of, streams, measured, passed: measured <= of.target }
}
