import {
  FEW_SAMPLES,
  isSlowest,
  LatencyHistogram,
  type LatencyHistogram as Histogram,
  markFew,
  type Run,
  steadySeconds,
  type Tally,
  tokenRate,
} from '@slicechat/run'
import type { Analysis, Ledger } from '@slicechat/run/analysis'
import { visibleLine } from '@slicechat/run/format'
import type { Console } from './console.ts'
import { amountText, countText, msText, spanText } from './number-text.ts'

type Paint = Console['paintResult']

/** The summary of a run: verdict, times, counts, thresholds, errors. */
export function summaryOf(run: Run, analysis: Analysis, code: number, paint: Paint): string {
  const { verdict, ledger } = analysis
  return [
    verdictText(run, analysis, code, paint),
    [
      ...verdict.statements.map(visibleLine),
      ...verdict.warnings.map((warning) => paint('yellow', `! ${visibleLine(warning)}`)),
    ].join('\n'),
    timesTable(run, paint),
    ledgerTable(ledger, paint),
    thresholdLines(run, paint),
    errorLines(run.whole, paint),
  ]
    .filter((part) => part !== '')
    .join('\n\n')
}

/** The verdict in one sentence. */
export function verdictText(run: Run, { verdict }: Analysis, code: number, paint: Paint): string {
  const [mark, colour] =
    code !== 0
      ? (['✗', 'red'] as const)
      : run.shard === undefined
        ? (['✓', 'green'] as const)
        : (['–', 'yellow'] as const)
  return `${paint(colour, mark)} ${paint('bold', visibleLine(run.name))}: ${visibleLine(verdict.headline)}`
}

function timesTable(run: Run, paint: Paint): string {
  const { steadyTally: tally } = run
  const rows: [string, keyof Tally['latencies'], string][] = [
    ['first token', 'ttft', 'from sending to the first text'],
    ['first token*', 'ttftFromIntended', 'from when the schedule wanted to send'],
    ['a token', 'interToken', 'mean of each answer after its first token'],
    ['longest wait', 'gap', 'from one piece of text to the next'],
    ['whole answer', 'e2e', 'from sending to the last text'],
  ]
  const names = ['p50', 'p95', 'p99', 'max']
  const line = (cells: readonly string[]): string => cells.map((cell) => cell.padStart(10)).join('')
  const table = rows.map(([label, key, what]) => {
    const histogram: Histogram = LatencyHistogram.decode(tally.latencies[key])
    const { count } = histogram
    const cells = [0.5, 0.95, 0.99, 1].map((q) => markFew(msText(histogram.quantile(q)), q, count))
    return `${label.padEnd(13)}${line(cells)}   ${paint('dim', what)}`
  })
  const isFew = rows.some(([, key]) => isSlowest(0.99, LatencyHistogram.decode(tally.latencies[key]).count))
  const seconds = steadySeconds(run)
  const rates =
    seconds === 0
      ? ''
      : `${countText(tally.succeeded, 'answer')} in the steady ${spanText(seconds * 1000)}: ` +
        `${amountText(tally.succeeded / seconds)} answers/s, ${amountText(tokenRate(tally, seconds))} tokens/s`
  return [
    paint('bold', `${'Times'.padEnd(13)}${line(names)}`),
    ...table,
    ...(isFew ? [paint('dim', FEW_SAMPLES)] : []),
    ...(rates === '' ? [] : [rates]),
  ].join('\n')
}

/** The counts of each party, with the reasons for their differences. */
function ledgerTable({ rows, parties, balanced, findings, notes }: Ledger, paint: Paint): string {
  const names = { client: 'client', api: 'API', vllm: 'vLLM' } as const
  const width = Math.max(...rows.map(({ title }) => title.length)) + 2
  const countCell = (value: number | null): string =>
    (value === null ? '–' : value.toLocaleString('en-US')).padStart(11)
  const counted = rows.filter(({ counts }) => parties.some((party) => (counts[party] ?? 0) !== 0))
  const lines = counted.map(({ title, counts, differences }) => {
    const whys = differences.flatMap(({ parts, unexplained }) => [
      ...parts.map(({ amount, why }) => `${signed(amount)} ${visibleLine(why)}`),
      ...(unexplained === 0 ? [] : [paint('red', `${signed(unexplained)} unexplained`)]),
    ])
    const differing = differences.some(({ amount }) => amount !== 0)
    const verdict =
      parties.length < 2 || differences.length === 0
        ? ''
        : differing
          ? `  ${whys.join('; ')}`
          : paint('green', '  =')
    return `${title.padEnd(width)}${parties.map((party) => countCell(counts[party])).join('')}${verdict}`
  })
  const head = `${'Counted by'.padEnd(width)}${parties.map((party) => names[party].padStart(11)).join('')}`
  const verdict =
    parties.length < 2
      ? 'Nobody else counted: there is nothing to compare with.'
      : balanced
        ? paint('green', 'The ledger balances.')
        : paint('red', 'The ledger does not balance.')
  return [
    paint('bold', head),
    ...lines,
    verdict,
    ...findings.map((one) => paint('red', visibleLine(one))),
    ...notes.map(visibleLine),
  ].join('\n')
}

const signed = (amount: number): string =>
  `${amount > 0 ? '+' : '−'}${Math.abs(amount).toLocaleString('en-US')}`

function thresholdLines({ thresholds }: Run, paint: Paint): string {
  if (thresholds.length === 0) return ''
  const width = Math.max(...thresholds.map(({ expression }) => expression.length))
  const lines = thresholds.map(
    ({ expression, value, passed }) =>
      `${passed ? paint('green', '✓') : value === null ? paint('yellow', '?') : paint('red', '✗')} ${visibleLine(expression).padEnd(width)}  ${valueText(expression, value)}`,
  )
  return [paint('bold', 'Thresholds'), ...lines].join('\n')
}

/** The value in the unit of the threshold's own figure. */
function valueText(expression: string, value: number | null): string {
  if (value === null) return 'nothing was measured'
  if (/^\s*(errors|dropped)\.rate|^\s*goodput/.test(expression)) return `${amountText(value * 100)}%`
  return /\.(count|rate)\b/.test(expression) ? amountText(value) : msText(value)
}

function errorLines({ errors }: Tally, paint: Paint): string {
  if (errors.length === 0) return ''
  const lines = errors.map(
    ({ code, count, example }) =>
      `${countText(count, 'request')}: ${visibleLine(code)} (${visibleLine(example)})`,
  )
  return [paint('bold', 'Errors'), ...lines].join('\n')
}

/** The folder and its files; files in a subfolder are listed as that subfolder. */
export function filesText(folder: string, files: readonly string[], paint: Paint): string {
  const names = new Set(files.map((file) => file.replace(/[/\\].*$/, '/')))
  return `${paint('bold', 'Files')}  ${folder}: ${[...names].join(', ')}`
}
