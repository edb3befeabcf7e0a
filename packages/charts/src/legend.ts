import type { Panel, Series } from './chart-spec.ts'
import { escapeText, px, shorten } from './markup.ts'
import { bandClass } from './marks.ts'

const ROW = 17
const HEAD = 18

/** A panel's title, and below it the meaning of its colours; wraps at `width`. */
export function legend(
  { title, series, limits = [] }: Panel,
  width: number,
): { svg: string; height: number } {
  const lines = wrapped(title, Math.floor(width / 8.2))
  const head = lines.length * HEAD
  let [x, y] = [1, head + 13]
  const drawn = [
    ...series.map((one) => ({
      label: one.label,
      group: `tone-${one.tone}`,
      swatch: swatch(one),
      text: 'legend',
    })),
    ...limits.map(({ label }) => ({
      label,
      group: 'limits',
      text: 'limit-label',
      swatch: '<path class="limit" d="M0,-4H16"/>',
    })),
  ]
  const entries = drawn.map((entry) => {
    const label = shorten(entry.label, Math.floor((width - 40) / 7))
    const needed = 22 + textWidth(label) + 16
    if (x > 1 && x + needed > width) [x, y] = [1, y + ROW]
    const svg =
      `<g class="${entry.group}" transform="translate(${px(x)} ${px(y)})">${entry.swatch}` +
      `<text class="${entry.text}" x="22" y="0">${escapeText(label)}</text></g>`
    x += needed
    return svg
  })
  const height = (entries.length === 0 ? head : y) + 12
  const heading = lines.map(
    (line, index) => `<text class="heading" x="0" y="${13 + index * HEAD}">${escapeText(line)}</text>`,
  )
  return { svg: [...heading, ...entries].join(''), height }
}

/** Splits a text into at most three lines of about `most` characters; a longer word is cut. */
function wrapped(text: string, most: number): string[] {
  const lines: string[] = []
  for (const word of text.split(' ').map((one) => shorten(one, most))) {
    const last = lines.at(-1)
    if (last !== undefined && last.length + 1 + word.length <= most)
      lines[lines.length - 1] = `${last} ${word}`
    else lines.push(word)
  }
  return lines.length <= 3 ? lines : [...lines.slice(0, 2), `${shorten(lines[2] ?? '', most - 1)}…`]
}

function swatch({ marks }: Series): string {
  return marks
    .map((mark) => {
      if (mark.kind === 'band')
        return `<rect class="${bandClass(mark)}" x="0" y="-9" width="16" height="10" rx="2"/>`
      if (mark.kind === 'bars') return '<rect class="bar" x="3" y="-9" width="10" height="10" rx="1"/>'
      if (mark.kind === 'dots') return '<circle class="dot" cx="8" cy="-4" r="3"/>'
      return `<path class="line${mark.dashed ? ' dashed' : ''}" d="M0,-4H16"/>`
    })
    .join('')
}

/**
 * Approximate width in pixels at the legend's size: readers have fonts of their own. CJK characters are twice
 * as wide.
 */
function textWidth(text: string): number {
  return Array.from(text).reduce((sum, character) => sum + (character > '\u{2e80}' ? 12.5 : 6.7), 0)
}
