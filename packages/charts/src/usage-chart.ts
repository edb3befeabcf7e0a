import { count } from '@slicechat/run/format'
import { drawFigure } from './figure.ts'
import type { Series, Tone } from './chart-spec.ts'
import { linearScale, timeScale } from './scale.ts'

/** Tokens of one day with one model. */
export interface DailyTokens {
  /** In UTC, such as `2026-11-27`. */
  readonly day: string
  readonly model: string
  readonly tokens: number
}

export interface UsageChartOptions {
  readonly title: string
  /** First and last day of the chart. */
  readonly from: string
  readonly to: string
  readonly width: number
  /** Name of all models together that have no colour of their own. */
  readonly others: string
}

const DAY_MS = 24 * 60 * 60 * 1_000
/** Models with a colour of their own; all others share the last colour. */
const MAX_MODELS = 7
const BAR = 0.7

const dayLabel = new Intl.DateTimeFormat('en', { day: 'numeric', month: 'short', timeZone: 'UTC' })
const labelOf = (ms: number): string => dayLabel.format(new Date(ms))

/** Tokens a day as bars, in which the models stand on each other. */
export function usageChart(
  rows: readonly DailyTokens[],
  { title, from, to, width, others }: UsageChartOptions,
): string {
  const [first, last] = [Date.parse(from), Date.parse(to)]
  const days = Array.from({ length: Math.round((last - first) / DAY_MS) + 1 }, (_, n) => first + n * DAY_MS)
  const models = namesOf(rows, others)
  const tokens = models.map((name) => tokensOf(rows, name, models, others))
  const totals = days.map((day) => tokens.reduce((sum, perDay) => sum + (perDay.get(day) ?? 0), 0))
  const series = models.map((label, index): Series => {
    // Each bar begins at zero. The one of the whole stack is drawn first, and the others over it.
    const heights = days.map((day) =>
      tokens.slice(index).reduce((sum, perDay) => sum + (perDay.get(day) ?? 0), 0),
    )
    return {
      label,
      tone: index as Tone,
      marks: [
        { kind: 'bars', width: DAY_MS * BAR, points: days.map((x, at) => ({ x, y: heights[at] ?? 0 })) },
      ],
      texts: days.map((day) => count(tokens[index]?.get(day) ?? 0)),
    }
  })
  return drawFigure({
    title,
    description: `Tokens a day. ${models.map((name, at) => `${name}: ${count(sumOf(tokens[at]))}.`).join(' ') || 'None.'}`,
    width,
    x: {
      label: 'day (UTC)',
      scale: (range) => {
        const scale = timeScale(first - DAY_MS / 2, last + DAY_MS / 2, range, 60)
        return { ...scale, ticks: scale.ticks.filter((tick) => tick % DAY_MS === 0) }
      },
      tick: labelOf,
      stops: days.map((x) => ({ x, text: labelOf(x) })),
    },
    panels: [{ title, height: 180, y: (range) => linearScale(totals, range, 4), tick: count, series }],
  })
}

/** Models, the most used one first; `others` last, if there are more than have a colour. */
function namesOf(rows: readonly DailyTokens[], others: string): string[] {
  const sums = new Map<string, number>()
  for (const { model, tokens } of rows) sums.set(model, (sums.get(model) ?? 0) + tokens)
  const names = [...sums].sort(([, one], [, other]) => other - one).map(([name]) => name)
  return names.length > MAX_MODELS + 1 ? [...names.slice(0, MAX_MODELS), others] : names
}

/** Tokens of a name by day; those of all models without a name of their own for `others`. */
function tokensOf(
  rows: readonly DailyTokens[],
  name: string,
  names: readonly string[],
  others: string,
): Map<number, number> {
  const known = new Set(names)
  const perDay = new Map<number, number>()
  for (const { day, model, tokens } of rows) {
    if (model !== name && (name !== others || known.has(model))) continue
    const at = Date.parse(day)
    perDay.set(at, (perDay.get(at) ?? 0) + tokens)
  }
  return perDay
}

const sumOf = (perDay: ReadonlyMap<number, number> | undefined): number =>
  [...(perDay?.values() ?? [])].reduce((sum, tokens) => sum + tokens, 0)
