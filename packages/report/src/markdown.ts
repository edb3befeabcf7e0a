import { markFew, type Run, answersWithoutUsage } from '@slicechat/run'
import {
  type Analysis,
  type Difference,
  type LedgerRow,
  type Level,
  PARTY_NAMES,
  QUANTILES,
} from '@slicechat/run/analysis'
import { count, counted, duration, number, percent, signed, visibleLine } from '@slicechat/run/format'

/** A run in Markdown, for a pull request, a chat or a terminal. Ends with a line break. */
export function markdownOf(run: Run, { ledger, waterfall, likeForLike, gpu, verdict }: Analysis): string {
  const sections = [
    `# Load test: ${plain(run.name)}`,
    `**${plain(verdict.headline)}**`,
    facts(run),
    bullets(verdict.statements),
    ...section('What to hold against it', bullets(verdict.warnings)),
    ...section(
      'Thresholds',
      run.thresholds.length === 0
        ? ''
        : table(
            ['threshold', 'measured', ''],
            run.thresholds.map(({ expression, value, passed }) => [
              code(expression),
              value === null ? 'nothing' : measured(expression, value),
              passed ? 'met' : value === null ? '**not judged**' : '**missed**',
            ]),
          ),
    ),
    ...section(
      'Ledger',
      [
        table(['', 'client', 'API', 'vLLM', 'why they differ'], ledger.rows.map(ledgerLine)),
        bullets([...ledger.findings, ...ledger.notes]),
      ]
        .filter((part) => part !== '')
        .join('\n\n'),
    ),
    ...section(
      'Where the time to first token goes',
      waterfall === null
        ? ''
        : table(
            ['stage', 'mean', ''],
            [
              ...waterfall.stages.map(({ title, ms, note }) => [title, duration(ms), note ?? '']),
              ['**total**', `**${duration(waterfall.totalMs)}**`, ''],
            ],
          ),
    ),
    ...section(
      'Like for like',
      table(
        ['latency', 'seen by', 'count', ...QUANTILES.map((q) => `p${q * 100}`)],
        likeForLike.flatMap(({ title, views }) =>
          views.map(({ party, count: samples, quantiles }) => [
            title,
            PARTY_NAMES[party],
            count(samples),
            ...quantiles.map((range, index) =>
              range === null ? '–' : markFew(rangeText(range), QUANTILES[index] ?? 0, samples),
            ),
          ]),
        ),
      ),
    ),
    ...section(
      'GPU',
      table(
        ['slice', 'engine', 'DRAM', 'tensor', 'power (card)', 'joules a token (card)', 'lag'],
        (gpu?.slices ?? []).map((slice) => [
          code(`${slice.key.uuid} ${slice.key.instance ?? 'whole card'} ${slice.profile ?? ''}`.trim()),
          slice.utilizationLevel === null
            ? share(slice.engineLevel)
            : `${share(slice.utilizationLevel)} (GPU_UTIL)`,
          share(slice.dramLevel),
          share(slice.tensorLevel),
          slice.powerLevel === null ? '–' : `${number(slice.powerLevel.mean)} W`,
          slice.joulesPerToken === null ? '–' : number(slice.joulesPerToken),
          slice.lag === null ? 'not told' : duration(slice.lag.ms),
        ]),
      ),
    ),
    ...section(
      'Errors',
      table(
        ['code', 'count', 'for example'],
        run.whole.errors.map((error) => [code(error.code), count(error.count), code(error.example)]),
      ),
    ),
  ]
  return `${sections.filter((part) => part !== '').join('\n\n')}\n`
}

function facts({ target, whole, durationMs, seed, startedAt, generator }: Run): string {
  const asked = `- ${code(target.model)} at ${code(target.url)} over ${target.transport}${target.simulated ? ', simulated' : ''}`
  return `${asked}\n${bullets([
    `${new Date(startedAt).toISOString()}, ${duration(durationMs)}, seed ${seed}, version ${generator.version}`,
    `${counted(whole.started, 'request')}: ${count(whole.succeeded)} succeeded, ${count(whole.failed)} failed, ${count(whole.abandoned)} abandoned, ${count(whole.unfinished)} unfinished; ${count(whole.dropped)} dropped`,
    `${tokensText(whole.promptTokens, 'prompt token', whole.succeededUntoldPrompts ?? 0)} and ${tokensText(whole.completionTokens, 'completion token', answersWithoutUsage(whole))}`,
  ])}`
}

/** The number of tokens is not known if the usage of some answers is not. */
const tokensText = (tokens: number, what: string, untold: number): string => {
  if (untold === 0) return counted(tokens, what)
  return tokens === 0 ? `an unknown number of ${what}s` : `at least ${counted(tokens, what)}`
}

function ledgerLine({ title, counts, differences }: LedgerRow): string[] {
  const told = (value: number | null): string => (value === null ? '–' : count(value))
  const whys = differences.flatMap(differenceTexts)
  return [title, told(counts.client), told(counts.api), told(counts.vllm), whys.join('; ')]
}

function differenceTexts({ parts, unexplained }: Difference): string[] {
  return [
    ...parts.map(({ amount, why }) => `${signed(amount)} ${plain(why)}`),
    ...(unexplained === 0 ? [] : [`**${signed(unexplained)} unexplained**`]),
  ]
}

const share = (level: Level | null): string => (level === null ? '–' : percent(level.mean))

const rangeText = ([low, high]: readonly [number, number]): string =>
  Number.isFinite(high) ? `${duration(low)} – ${duration(high)}` : `over ${duration(low)}`

function measured(expression: string, value: number): string {
  if (/^\s*(errors|dropped)\.rate|^\s*goodput/.test(expression)) return percent(value)
  return /\.(count|rate)\b/.test(expression) ? number(value) : duration(value)
}

const section = (title: string, body: string): string[] => (body === '' ? [] : [`## ${title}`, body])
const bullets = (lines: readonly string[]): string => lines.map((text) => `- ${plain(text)}`).join('\n')

/** A Markdown table, or nothing if there are no rows. */
function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  if (rows.length === 0) return ''
  const row = (cells: readonly string[]): string => `| ${cells.join(' | ').replace(/\s+/g, ' ')} |`
  return [row(head), `| ${head.map(() => '---').join(' | ')} |`, ...rows.map(row)].join('\n')
}

/** Servers write some of these texts: puts them on one line, with hidden characters shown. */
const line = (text: string): string => visibleLine(text.replace(/\s+/g, ' '))

/** Escapes a text so that nothing of it is markup, a link, HTML, or a mention that would notify someone. */
const plain = (text: string): string =>
  line(text)
    .replace(/[\\`*_[\]~|]/g, String.raw`\$&`)
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('@', '&#64;')

/** A text from outside as code; a bar is escaped, since it would end the table's cell even within code. */
function code(text: string): string {
  const words = line(text).replaceAll('|', String.raw`\|`)
  const fence = '`'.repeat(1 + Math.max(0, ...(words.match(/`+/g) ?? []).map(({ length }) => length)))
  const space = /^[` ]|[` ]$/.test(words) ? ' ' : ''
  return words === '' ? '' : `${fence}${space}${words}${space}${fence}`
}
