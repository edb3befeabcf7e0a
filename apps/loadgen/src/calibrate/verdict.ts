import type { Calibration } from './calibrate.ts'

/** How far off a calibrated load tester may be, milliseconds. */
export const calibrationTargets = { ttftP50: 2, ttftP99: 10 } as const

/** What speaks against the figures of a load tester at such a load; none: it can be believed there. */
export function complaintsOf({ ttftErrorMs, requests, failed, self }: Calibration): string[] {
  const complaints: string[] = []
  if (requests === 0) complaints.push('No request was measured.')
  if (failed > 0) complaints.push(`${failed} of ${requests} requests failed.`)
  if (self.saturated) complaints.push(`Client saturated: ${self.why.join(' ')}`)
  const { ttftP50, ttftP99 } = calibrationTargets
  if (Math.abs(ttftErrorMs.p50) > ttftP50)
    complaints.push(`TTFT is off by ${ttftErrorMs.p50.toFixed(1)} ms at p50 (target ${ttftP50} ms).`)
  if (ttftErrorMs.p99 > ttftP99)
    complaints.push(`TTFT is off by ${ttftErrorMs.p99.toFixed(1)} ms at p99 (target ${ttftP99} ms).`)
  return complaints
}

const heads = [
  'streams',
  'starts',
  'tokens/s',
  'TTFT error p50',
  'p99',
  'API added p50',
  'p99',
  'gap error p99',
].concat(...['start delay p99', 'cores', 'verdict'])

/** The figures as a table of text, and what speaks against each row below it. */
export function calibrationTable(calibrations: readonly Calibration[]): string {
  const ms = (value: number | undefined): string => (value === undefined ? '' : `${value.toFixed(1)} ms`)
  const rows = calibrations.map((one) => [
    String(one.streams),
    one.starts,
    one.offeredTokensPerSecond.toLocaleString('en'),
    ms(one.ttftErrorMs.p50),
    ms(one.ttftErrorMs.p99),
    ms(one.apiAddedMs?.p50),
    ms(one.apiAddedMs?.p99),
    ms(one.gapErrorMs.p99),
    `${one.startDelayP99Ms.toFixed(2)} ms`,
    one.self.cores.toFixed(2),
    one.self.saturated ? 'client saturated' : complaintsOf(one).length === 0 ? 'met' : 'missed',
  ])
  const widths = heads.map((head, at) =>
    Math.max(...[head, ...rows.map((row) => row[at] ?? '')].map((s) => s.length)),
  )
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, at) => cell.padEnd(widths[at] ?? 0))
      .join('  ')
      .trimEnd()
  const notes = calibrations.flatMap((one) =>
    complaintsOf(one).map((complaint) => `${one.streams} streams, ${one.starts}: ${complaint}`),
  )
  return [line(heads), ...rows.map(line), ...notes].join('\n')
}
