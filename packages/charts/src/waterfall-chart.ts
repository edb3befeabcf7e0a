import { escapeText, px, shorten } from './markup.ts'
import { duration, percent } from '@slicechat/run/format'

/** One part of a time; the parts are in the order in which they pass. */
export interface WaterfallStage {
  readonly label: string
  /** Mean, in milliseconds; `null`: not measured. Negative if the means of two clocks contradict each other. */
  readonly ms: number | null
}

export interface WaterfallOptions {
  readonly title: string
  /** What the stages should add up to, with its label. */
  readonly total: { readonly label: string; readonly ms: number }
  readonly width: number
}

const ROW = 44
const BAR = 16
const TOP = 8

/** Stages one below the other, each beginning where the one before ended, with the total below them. */
export function waterfallChart(
  stages: readonly WaterfallStage[],
  { title, total, width }: WaterfallOptions,
): string {
  let passed = 0
  const placed = stages.map((stage) => {
    const from = passed
    passed += stage.ms ?? 0
    return { ...stage, from: Math.min(from, passed), until: Math.max(from, passed) }
  })
  const most = Math.max(total.ms, 1e-9, ...placed.map(({ until }) => until))
  const least = Math.min(0, ...placed.map(({ from }) => from))
  const room = width - 110
  const x = (ms: number) => ((ms - least) / (most - least)) * room
  const row = (
    index: number,
    label: string,
    tone: string,
    ms: number | null,
    from: number,
    until: number,
  ) => {
    const y = TOP + index * ROW
    const value =
      ms === null
        ? 'not measured'
        : `${duration(ms)}${total.ms > 0 && tone !== 'tone-soft' ? ` · ${percent(Math.abs(ms) / total.ms)}` : ''}`
    const bar =
      ms === null
        ? ''
        : `<rect class="bar" x="${px(x(from))}" y="${px(y + 18)}" width="${px(Math.max(1.5, x(until) - x(from)))}" height="${BAR}" rx="3"/>`
    return (
      `<g class="${tone}"><text x="0" y="${px(y + 11)}" class="legend">${escapeText(shorten(label, Math.floor(width / 7)))}</text>${bar}` +
      `<text class="value" x="${px(ms === null ? 0 : x(until) + 7)}" y="${px(y + 30)}">${escapeText(value)}</text></g>`
    )
  }
  const rows = placed.map(({ label, ms, from, until }, index) =>
    row(index, label, ms !== null && ms < 0 ? 'tone-bad' : `tone-${index % 7}`, ms, from, until),
  )
  const joints = placed.slice(1).map(({ ms, from, until }, index) => {
    const at = px(x(ms !== null && ms < 0 ? until : from))
    const y = TOP + (index + 1) * ROW
    return `<line class="mark" x1="${at}" x2="${at}" y1="${px(y - ROW + 18 + BAR)}" y2="${px(y + 18)}"/>`
  })
  const height = TOP + (stages.length + 1) * ROW
  return (
    `<svg class="chart" role="img" viewBox="0 0 ${px(width)} ${px(height)}" width="${px(width)}" height="${px(height)}" xmlns="http://www.w3.org/2000/svg">` +
    `<title>${escapeText(title)}</title><desc>${escapeText(described(stages, total))}</desc>` +
    `${joints.join('')}${rows.join('')}${row(stages.length, total.label, 'tone-soft', total.ms, 0, total.ms)}</svg>`
  )
}

function described(stages: readonly WaterfallStage[], total: WaterfallOptions['total']): string {
  const parts = stages.map(({ label, ms }) => `${label} ${ms === null ? 'not measured' : duration(ms)}`)
  return `${total.label}: ${duration(total.ms)}. ${parts.join(', ')}.`
}
