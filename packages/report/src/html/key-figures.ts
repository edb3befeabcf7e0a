import { figuresTally } from '@slicechat/run/analysis'
import {
  goodShare,
  LatencyHistogram,
  markFew,
  type Run,
  steadySeconds,
  type Tally,
  tokenRate,
  answersWithoutUsage,
} from '@slicechat/run'
import { count, counted, duration, number, percent } from '@slicechat/run/format'
import { tableOf } from './table.ts'
import { html } from './template.ts'
import type { Markup } from './template.ts'

/** One of the figures that a report begins with. */
export interface KeyFigure {
  readonly label: string
  readonly value: string
  readonly note: string
  readonly bad: boolean
}

/** The figures that a report begins with, in their order. */
export function keyFigures(run: Run): KeyFigure[] {
  const { tally, seconds } = figuresTally(run)
  const { slo } = run
  const of = (key: keyof Tally['latencies']) => LatencyHistogram.decode(tally.latencies[key])
  const [ttft, intended, interToken, e2e] = [of('ttft'), of('ttftFromIntended'), of('interToken'), of('e2e')]
  const quantiles = (
    from: LatencyHistogram,
    limit: number | undefined,
    name: string,
    q: number,
    note = '',
  ): KeyFigure => {
    const value = from.quantile(q)
    const bad = value !== null && limit !== undefined && value > limit
    return {
      label: `${name} p${q * 100}`,
      value: markFew(time(value), q, from.count),
      note: bad ? `over the SLO of ${duration(limit)}` : note,
      bad,
    }
  }
  const rate = tokenRate(tally, seconds)
  const untold = answersWithoutUsage(tally)
  const fromIntended = (q: number) =>
    `${markFew(time(intended.quantile(q)), q, intended.count)} from intended start`
  return [
    {
      label: 'Requests',
      value: count(tally.started),
      note: `${seconds > 0 ? `${number(tally.started / seconds)} a second, ` : ''}${count(tally.succeeded)} succeeded`,
      bad: false,
    },
    ...[0.5, 0.95, 0.99].map((q): KeyFigure => {
      const figure = quantiles(ttft, slo.ttftMs, 'TTFT', q)
      return { ...figure, note: [figure.note, fromIntended(q)].filter(Boolean).join('; ') }
    }),
    ...[0.5, 0.95].map((q) =>
      quantiles(interToken, slo.interTokenMs, 'Inter-token', q, 'mean of each answer'),
    ),
    quantiles(e2e, slo.e2eMs, 'Whole answer', 0.95, `p50 ${time(e2e.quantile(0.5))}`),
    {
      label: 'Tokens per second',
      value: rate === null ? '–' : number(rate),
      note: [
        `${untold > 0 ? 'at least ' : ''}${count(tally.completionTokens)} generated, ${count(tally.promptTokens)} read`,
        ...(untold > 0 ? [`the server told no usage of ${count(untold)}`] : []),
      ].join('; '),
      bad: false,
    },
    goodput(run),
    failures('Errors', tally.failed, tally.started, 'of those started'),
    failures('Dropped', tally.dropped, tally.intended, 'of those intended: no user was free'),
    {
      label: 'Abandoned',
      value: count(tally.abandoned),
      note: `${counted(tally.wastedTokens, 'token')} came after the user left`,
      bad: false,
    },
  ]
}

/** Key figures of one run as tiles, of several in a table. */
export function keyFigureSection(runs: readonly { run: Run; label: string }[]): Markup {
  const [first] = runs
  if (!first) return html``
  if (runs.length === 1)
    return html`<dl class="tiles">
      ${keyFigures(first.run).map(
        ({ label, value, note, bad }) =>
          html`<div class="tile${bad ? ' bad' : ''}">
            <dt>${label}</dt>
            <dd>${value}</dd>
            <dd class="note">${note}</dd>
          </div>`,
      )}
    </dl>`
  const columns = runs.map(({ run }) => keyFigures(run))
  const rows = keyFigures(first.run).map(
    ({ label }, row) =>
      html`<tr>
        <th scope="row">${label}</th>
        ${columns.map((figures) => {
          const figure = figures[row]
          return html`<td class="number${figure?.bad ? ' bad' : ''}">
            ${figure?.value ?? '–'}<br /><span class="note">${figure?.note ?? ''}</span>
          </td>`
        })}
      </tr>`,
  )
  return tableOf([[''], ...runs.map(({ label }) => [label, 'number'] as const)], rows, { style: 'compared' })
}

/** The limits of the SLO in one line. */
export function sloText({ slo }: Run): string {
  const parts = [
    slo.ttftMs === undefined ? null : `TTFT ${duration(slo.ttftMs)}`,
    slo.interTokenMs === undefined ? null : `inter-token ${duration(slo.interTokenMs)}`,
    slo.e2eMs === undefined ? null : `whole answer ${duration(slo.e2eMs)}`,
  ]
  return parts.filter((part) => part !== null).join(', ')
}

/** Of the steady part alone: requests intended outside of it are not judged. */
function goodput(run: Run): KeyFigure {
  const { steadyTally: tally, slo } = run
  const figure = { label: 'Goodput', value: '–', bad: false }
  if (Object.keys(slo).length === 0) return { ...figure, note: 'no SLO set' }
  const { undecided = 0 } = tally
  const cut = undecided === 0 ? '' : `; ${count(undecided)} cut off before it could be told`
  const good = goodShare(tally)
  if (good === null) return { ...figure, note: `no request to judge${cut}` }
  const tokensPerSecond = tally.goodTokens / steadySeconds(run)
  const rate = answersWithoutUsage(tally) === 0 && Number.isFinite(tokensPerSecond) ? tokensPerSecond : null
  return {
    ...figure,
    value: percent(good),
    note: `within ${sloText(run)}${rate === null ? '' : `; ${number(rate)} tokens/s`}${cut}`,
  }
}

function failures(label: string, some: number, all: number, note: string): KeyFigure {
  return {
    label,
    value: count(some),
    note: all === 0 ? note : `${percent(some / all)} ${note}`,
    bad: some > 0,
  }
}

function time(ms: number | null): string {
  return ms === null ? '–' : duration(ms)
}
