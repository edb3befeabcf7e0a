import type { Summary } from './summary.ts'
import type { Verdict } from './targets.ts'

/** Above this lateness, in milliseconds, the client was starved of CPU, and its latencies are not those of the route. */
const TOLERABLE_LATENESS_MS = 5

const columns: [string, (row: Summary) => string][] = [
  ['streams', (row) => String(row.streams)],
  ['way', (row) => row.way],
  ['µs CPU/token', (row) => shown(row.cpuMicrosPerToken)],
  ['× bare proxy', (row) => shown(row.cpuRatio)],
  ['e2e × direct', (row) => shown(row.e2eRatio)],
  ['TTFT p50', (row) => shown(row.ttftP50, ' ms')],
  ['p99', (row) => shown(row.ttftP99, ' ms')],
  ['added p50', (row) => shown(row.addedTtftP50, ' ms')],
  ['added p99', (row) => shown(row.addedTtftP99, ' ms')],
  ['gap p50', (row) => shown(row.gapP50, ' ms')],
  ['gap p99', (row) => shown(row.gapP99, ' ms')],
  ['tokens/piece', (row) => shown(row.tokensPerPiece)],
  ['peak', (row) => shown(row.peakMiB, ' MiB')],
  ['a stream', (row) => shown(row.kibPerStream, ' KiB')],
  ['answers', (row) => String(row.answers)],
]

/** Prints the measurements, then the verdicts on the targets. */
export function printReport(summary: readonly Summary[], verdicts: readonly Verdict[]): void {
  printTable([columns.map(([title]) => title), ...summary.map((row) => columns.map(([, read]) => read(row)))])
  for (const { what, streams, target, measured, unit, passed } of verdicts)
    console.log(
      `${passed ? 'PASS' : 'MISS'}  ${what}, ${streams} streams: ${measured}${unit} (at most ${target}${unit})`,
    )
  for (const { way: route, streams, clientLateP99 } of summary)
    if (clientLateP99 > TOLERABLE_LATENESS_MS)
      console.log(
        `NOTE  ${route}, ${streams} streams: the load itself was ${clientLateP99} ms late at p99; the machine was too busy.`,
      )
  for (const { way: route, streams, failures } of summary)
    for (const failure of failures) console.log(`FAIL  ${route}, ${streams} streams: ${failure}`)
}

const shown = (value: number | null, unit = ''): string => (value === null ? '-' : `${value}${unit}`)

function printTable(rows: readonly string[][]): void {
  const widths = rows[0]?.map((_, at) => Math.max(...rows.map((row) => row[at]?.length ?? 0))) ?? []
  for (const row of rows) console.log(row.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join('  '))
}
