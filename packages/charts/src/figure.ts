import { escapeText, px, shorten } from './markup.ts'
import { legend } from './legend.ts'
import { marksOf } from './marks.ts'
import type { Axis, Figure, Panel } from './chart-spec.ts'
import type { Scale } from './scale.ts'

const LEFT = 50
const RIGHT = 14
const GAP = 22
const LABEL_HEIGHT = 13

/** Draws panels on one horizontal axis, as an SVG element. Texts are escaped here and nowhere before. */
export function drawFigure({ title, description, width, x, panels }: Figure): string {
  const range = [LEFT, width - RIGHT] as const
  const scale = x.scale(range)
  const asides = [x.shades ?? [], x.lines ?? []].filter(({ length }) => length > 0).length * LABEL_HEIGHT
  let top = 0
  const drawn = panels.map((panel, index) => {
    const head = legend(panel, width)
    const from = top + head.height + (index === 0 ? asides : 0)
    const svg = `<g transform="translate(0 ${px(top)})">${head.svg}</g>${drawPanel(panel, x, scale, range, from)}`
    top = from + panel.height + GAP
    return { svg, from, until: from + panel.height }
  })
  const first = drawn[0]?.from ?? 0
  const bottom = drawn.at(-1)?.until ?? 0
  const height = bottom + 40
  return (
    `<svg class="chart" role="img" viewBox="0 0 ${px(width)} ${px(height)}" width="${px(width)}" height="${px(height)}" xmlns="http://www.w3.org/2000/svg">` +
    `<title>${escapeText(title)}</title><desc>${escapeText(description)}</desc>` +
    drawn.map(({ svg }) => svg).join('') +
    labelsAbove(x, scale, first) +
    foot(x, scale, range, bottom) +
    hoverTarget(x, scale, range, first, bottom) +
    '</svg>'
  )
}

function drawPanel(
  panel: Panel,
  axis: Axis,
  x: Scale,
  range: readonly [number, number],
  top: number,
): string {
  const bottom = top + panel.height
  const y = panel.y([bottom, top])
  const shades = (axis.shades ?? []).map(({ from, until }) => {
    const [start, end] = [x.at(from), x.at(until)]
    return `<rect class="shade" x="${px(start)}" y="${px(top)}" width="${px(Math.max(0, end - start))}" height="${px(panel.height)}"/>`
  })
  const grid = y.ticks.map((tick) => {
    const at = px(y.at(tick))
    return (
      `<line class="grid" x1="${px(range[0])}" x2="${px(range[1])}" y1="${at}" y2="${at}"/>` +
      `<text class="tick" x="${px(range[0] - 7)}" y="${at}" dy=".35em" text-anchor="end">${escapeText(panel.tick(tick))}</text>`
    )
  })
  const lines = (axis.lines ?? []).map((line) => {
    const at = px(x.at(line.x))
    return `<line class="mark" x1="${at}" x2="${at}" y1="${px(top)}" y2="${px(bottom)}"/>`
  })
  const limits = (panel.limits ?? []).map(({ value }) => {
    const at = px(y.at(value))
    return `<line class="limit" x1="${px(range[0])}" x2="${px(range[1])}" y1="${at}" y2="${at}"/>`
  })
  // Bands of all series first, so that no band hides another series' line.
  const bands = panel.series.map(({ tone, marks }) => {
    const svg = marksOf(
      marks.filter(({ kind }) => kind === 'band'),
      x,
      y,
    )
    return svg === '' ? '' : `<g class="tone-${tone}">${svg}</g>`
  })
  const series = panel.series.map(
    ({ label, tone, marks, texts }) =>
      `<g class="series tone-${tone}" data-label="${escapeText(shorten(label, 48))}"` +
      `${texts ? ` data-texts="${escapeText(texts.join('|'))}"` : ''}>` +
      `${marksOf(
        marks.filter(({ kind }) => kind !== 'band'),
        x,
        y,
      )}</g>`,
  )
  return `<g class="panel" data-title="${escapeText(panel.title)}">${[...shades, ...grid, ...lines, ...bands, ...series, ...limits].join('')}</g>`
}

/** Labels of shades and of vertical lines, a row for each above the first panel; left out if there is no room. */
function labelsAbove(axis: Axis, x: Scale, top: number): string {
  const shades = (axis.shades ?? []).map(({ from, until, label }) => {
    const [start, end] = [x.at(from), x.at(until)]
    const row = top - 5 - ((axis.lines ?? []).length > 0 ? LABEL_HEIGHT : 0)
    const room = end - start > label.length * 6
    return room
      ? `<text class="aside" x="${px((start + end) / 2)}" y="${px(row)}" text-anchor="middle">${escapeText(label)}</text>`
      : ''
  })
  let free = -Infinity
  const lines = (axis.lines ?? []).map((line) => {
    const at = x.at(line.x)
    const needed = line.label.length * 6.2
    if (at < free || line.label === '') return ''
    free = at + needed + 10
    const anchor = at + needed > x.at(x.until) ? ' text-anchor="end"' : ''
    return `<text class="aside" x="${px(at + (anchor ? -3 : 3))}" y="${px(top - 5)}"${anchor}>${escapeText(line.label)}</text>`
  })
  return shades.join('') + lines.join('')
}

function foot(axis: Axis, x: Scale, range: readonly [number, number], bottom: number): string {
  const ticks = x.ticks.map((tick) => {
    const at = x.at(tick)
    const anchor = at > range[1] - 12 ? 'end' : 'middle'
    return (
      `<line class="axis" x1="${px(at)}" x2="${px(at)}" y1="${px(bottom)}" y2="${px(bottom + 4)}"/>` +
      `<text class="tick" x="${px(at)}" y="${px(bottom + 16)}" text-anchor="${anchor}">${escapeText(axis.tick(tick))}</text>`
    )
  })
  return (
    `<line class="axis" x1="${px(range[0])}" x2="${px(range[1])}" y1="${px(bottom)}" y2="${px(bottom)}"/>${ticks.join('')}` +
    `<text class="aside" x="${px(range[1])}" y="${px(bottom + 33)}" text-anchor="end">${escapeText(axis.label)}</text>`
  )
}

/** The empty title keeps the browser from showing the figure's title over the crosshair's values. */
function hoverTarget(
  axis: Axis,
  x: Scale,
  range: readonly [number, number],
  top: number,
  bottom: number,
): string {
  if (axis.stops.length === 0) return ''
  const stops = axis.stops.map((stop) => px(x.at(stop.x))).join(' ')
  const texts = escapeText(axis.stops.map(({ text }) => text).join('|'))
  return (
    `<rect class="hover" x="${px(range[0])}" y="${px(top)}" width="${px(range[1] - range[0])}" ` +
    `height="${px(bottom - top)}" data-stops="${stops}" data-texts="${texts}"><title></title></rect>`
  )
}
