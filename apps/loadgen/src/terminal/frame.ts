import { stripVTControlCharacters } from 'node:util'
import type { Scenario } from '../scenario/scenario.ts'
import type { Console } from './console.ts'
import { LOOK_BACK_S, type LiveStats, type Quantiles } from './live-stats.ts'
import { amountText, meanText, msText, spanText } from './number-text.ts'
import { stageAt } from './stage.ts'

/** The run that is shown. */
export interface ShownRun {
  readonly title: string
  readonly scenario: Scenario
  /** Duration of the plan. */
  readonly durationMs: number
}

const BAR = 30

/** The live view at a moment: lines that fit the terminal. */
export function frame(
  { title, scenario, durationMs }: ShownRun,
  stats: LiveStats | undefined,
  elapsedMs: number,
  { paint, columns, shown }: Pick<Console, 'paint' | 'columns' | 'shown'>,
): string[] {
  const dim = (text: string): string => paint('dim', text)
  const share = Math.min(1, Math.max(0, elapsedMs / durationMs))
  const width = Math.min(BAR, Math.max(8, columns - 48))
  const full = Math.round(share * width)
  const bar = paint('cyan', '█'.repeat(full)) + dim('░'.repeat(width - full))
  const stage = stageAt(scenario, elapsedMs, durationMs)
  const lines = [
    paint('bold', title),
    `${bar}  ${spanText(Math.min(elapsedMs, durationMs))} of ${spanText(durationMs)}  ${dim(stage)}`,
  ]
  if (stats !== undefined) {
    const { progress, startedPerSecond, tokensPerSecond, ttft, gap } = stats
    const { counts, interval } = progress
    const row = (label: string, text: string): string => `${label.padEnd(13)}${text}`
    lines.push(
      row('load', `${meanText(interval.users, 'user')}, ${meanText(interval.active, 'answer')} under way`),
      row('rate', `${amountText(startedPerSecond)} requests/s, ${amountText(tokensPerSecond)} tokens/s`),
      row('first token', quantiles(ttft)),
      row('next token', quantiles(gap)),
      row('answers', answersText(counts, paint)),
      dim(`rates and times: the last ${LOOK_BACK_S} s; Ctrl-C ends the run and keeps what there is`),
    )
  }
  return lines.map((line) => cut(shown(line), columns - 1))
}

function answersText(counts: LiveStats['progress']['counts'], paint: Console['paint']): string {
  const { succeeded, failed, abandoned, dropped } = counts
  const parts = [`${succeeded.toLocaleString('en-US')} complete`]
  if (abandoned > 0) parts.push(`${abandoned.toLocaleString('en-US')} abandoned`)
  parts.push(
    failed > 0 ? paint('red', `${failed.toLocaleString('en-US')} failed`) : '0 failed',
    ...(dropped > 0 ? [paint('yellow', `${dropped.toLocaleString('en-US')} dropped`)] : []),
  )
  return parts.join(', ')
}

const quantiles = ({ p50, p95, p99 }: Quantiles): string =>
  `p50 ${msText(p50)}   p95 ${msText(p95)}   p99 ${msText(p99)}`

/** One line for a log. */
export function plainLine(scenario: Scenario, stats: LiveStats): string {
  const { progress, startedPerSecond, tokensPerSecond, ttft, gap } = stats
  const { counts, interval, elapsedMs, durationMs } = progress
  return [
    `${spanText(elapsedMs)} of ${spanText(durationMs)} (${stageAt(scenario, elapsedMs, durationMs)})`,
    `${meanText(interval.users, 'user')}, ${meanText(interval.active, 'answer')} under way`,
    `${amountText(startedPerSecond)} req/s, ${amountText(tokensPerSecond)} tok/s`,
    `first token p50 ${msText(ttft.p50)} p95 ${msText(ttft.p95)}`,
    `next p50 ${msText(gap.p50)} p95 ${msText(gap.p95)}`,
    `${counts.succeeded} complete, ${counts.failed} failed${counts.dropped > 0 ? `, ${counts.dropped} dropped` : ''}`,
  ].join(' | ')
}

/** Cuts a line to the terminal's width: a wrapped line would make the next redraw begin in the wrong row. */
function cut(line: string, columns: number): string {
  const plain = stripVTControlCharacters(line)
  return plain.length <= columns ? line : `${plain.slice(0, Math.max(0, columns - 1))}…`
}
