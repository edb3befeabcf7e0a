import { type Latencies, LatencyHistogram, type Run, type Tally, answersWithoutUsage } from '@slicechat/run'
import type { Analysis, LedgerRow } from '@slicechat/run/analysis'
import { csvCell } from './csv-cell.ts'

const HEAD = ['section', 'name', 'unit', 'client', 'api', 'vllm', 'unexplained', 'note']
const QUANTILES = [0.5, 0.9, 0.95, 0.99, 1]

/** A number is written as it is, a text is quoted where necessary; `null` is empty. */
type Cell = string | number | null

/**
 * The tallies, errors and ledger of a run as CSV (RFC 4180: CRLF, quotes doubled), one figure a line. Times are in
 * milliseconds. Texts that a spreadsheet would take for a formula get an apostrophe in front.
 */
export function summaryCsv(run: Run, { ledger }: Analysis): string {
  const rows: Cell[][] = [
    HEAD,
    ...about(run).map(([name, note]) => ['run', name, null, null, null, null, null, note]),
    ...tallyRows('whole', run.whole),
    ...tallyRows('steady', run.steadyTally),
    ...run.whole.errors.map(({ code, count, example }) => [
      'errors',
      code,
      'requests',
      count,
      null,
      null,
      null,
      example,
    ]),
    ...ledger.rows.map(ledgerRow),
    ...ledger.findings.map((finding) => ['finding', 'ledger', null, null, null, null, null, finding]),
  ]
  return rows.map((row) => `${row.map(cell).join(',')}\r\n`).join('')
}

function about(run: Run): [string, Cell][] {
  return [
    ['id', run.id],
    ['name', run.name],
    ['startedAt', new Date(run.startedAt).toISOString()],
    ['durationMs', run.durationMs],
    ['seed', run.seed],
    ['target', run.target.url],
    ['model', run.target.model],
    ['simulated', String(run.target.simulated)],
    ['clientSaturated', String(run.self.saturated)],
    ['cutShort', run.cutShort],
  ]
}

function tallyRows(section: string, tally: Tally): Cell[][] {
  const { errors: _, latencies, ...sums } = tally
  const [untold, untoldPrompts] = [answersWithoutUsage(tally), tally.succeededUntoldPrompts ?? 0]
  /** Sums that stay empty if nobody reported any of their tokens: 0 would look like a number. */
  const unknown: Readonly<Record<string, number>> = {
    completionTokens: untold,
    succeededCompletionTokens: untold,
    goodTokens: untold,
    promptTokens: untoldPrompts,
    succeededPromptTokens: untoldPrompts,
  }
  const counts = Object.entries(sums).map(([name, value]): Cell[] => [
    section,
    name,
    name.endsWith('okens') ? 'tokens' : 'requests',
    name in unknown && value === 0 && (unknown[name] ?? 0) > 0 ? null : (value ?? null),
    ...rest,
  ])
  const times = Object.keys(latencies).flatMap((name) => {
    const histogram = LatencyHistogram.decode(latencies[name as keyof Latencies])
    const row = (statistic: string, value: number | null): Cell[] => [
      section,
      `${name}.${statistic}`,
      'ms',
      value,
      ...rest,
    ]
    return [
      ...QUANTILES.map((q) => row(q === 1 ? 'max' : `p${q * 100}`, histogram.quantile(q))),
      row('mean', histogram.mean),
    ]
  })
  return [...counts, ...times]
}

const rest: readonly Cell[] = [null, null, null, null]

function ledgerRow({ quantity, unit, counts, differences }: LedgerRow): Cell[] {
  const reasons = differences.flatMap(({ of, against, parts }) =>
    parts.map(({ why, amount }) => `${of} - ${against}: ${amount} ${why}`),
  )
  const unexplained =
    differences.length === 0 ? null : differences.reduce((sum, one) => sum + Math.abs(one.unexplained), 0)
  return [
    'ledger',
    quantity,
    unit,
    counts.client,
    counts.api,
    counts.vllm,
    unexplained,
    reasons.join('; ') || null,
  ]
}

function cell(value: Cell): string {
  if (value === null) return ''
  if (typeof value === 'number') return String(value)
  return csvCell(value)
}
