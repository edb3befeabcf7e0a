import { area, curveLinear, curveStepAfter, line } from 'd3-shape'
import type { Mark, Point, Span } from './chart-spec.ts'
import { px } from './markup.ts'
import type { Scale } from './scale.ts'

/**
 * The shapes of a series in a panel's coordinates: bars below lines and lines below dots, in whatever order
 * they come.
 */
export function marksOf(marks: readonly Mark[], x: Scale, y: Scale): string {
  const order = { band: 0, bars: 1, line: 2, dots: 3 }
  return marks
    .toSorted((a, b) => order[a.kind] - order[b.kind])
    .map((mark) => draw(mark, x, y))
    .join('')
}

function draw(mark: Mark, x: Scale, y: Scale): string {
  if (mark.kind === 'line') {
    const d = pathOf(mark.points, x, y, mark.steps === true)
    return d === '' ? '' : `<path class="line${mark.dashed ? ' dashed' : ''}" d="${d}"/>`
  }
  if (mark.kind === 'band') {
    const d = bandOf(mark.points, x, y, mark.steps === true)
    return d === '' ? '' : `<path class="${bandClass(mark)}" d="${d}"/>`
  }
  if (mark.kind === 'dots') {
    return mark.points
      .map((at) =>
        at.y === null ? '' : `<circle class="dot" cx="${px(x.at(at.x))}" cy="${px(y.at(at.y))}" r="3"/>`,
      )
      .join('')
  }
  const d = mark.points
    .filter(({ y: value }) => value !== null && value !== 0)
    .map((bar) => {
      const [left, right] = [x.at(bar.x - mark.width / 2), x.at(bar.x + mark.width / 2)]
      const width = px(Math.max(1.5, right - left - 0.5))
      return `M${px(left)},${px(y.at(0))}V${px(y.at(bar.y ?? 0))}h${width}V${px(y.at(0))}z`
    })
    .join('')
  return d === '' ? '' : `<path class="bar" d="${d}"/>`
}

/** A band in steps shows how little is known, and is outlined; other bands span quantiles. */
export function bandClass(mark: Extract<Mark, { kind: 'band' }>): string {
  return `band${mark.faint ? ' faint' : ''}${mark.steps ? ' outlined' : ''}`
}

/** The path of a line, broken at gaps. A point between two gaps becomes a dot: a line of zero length with round ends. */
function pathOf(points: readonly Point[], x: Scale, y: Scale, steps: boolean): string {
  const path = line<Point>(
    (point) => x.at(point.x),
    (point) => y.at(point.y ?? 0),
  )
    .defined((point) => point.y !== null)
    .curve(steps ? curveStepAfter : curveLinear)
    .digits(1)
  return path(points as Point[]) ?? ''
}

/** The path of a band, broken at gaps. A span between two gaps is drawn one pixel wide, since it would not be seen else. */
function bandOf(spans: readonly Span[], x: Scale, y: Scale, steps: boolean): string {
  const pixels = spans.map(({ x: at, low, high }) =>
    low === null || high === null ? null : { x: x.at(at), low: y.at(low), high: y.at(high) },
  )
  const visible = pixels.flatMap((span, index) =>
    span && !pixels[index - 1] && !pixels[index + 1] ? [span, { ...span, x: span.x + 1 }] : [span],
  )
  const path = area<(typeof visible)[number]>()
    .x((span) => span?.x ?? 0)
    .y0((span) => span?.low ?? 0)
    .y1((span) => span?.high ?? 0)
    .defined((span) => span !== null)
    .curve(steps ? curveStepAfter : curveLinear)
    .digits(1)
  return path(visible) ?? ''
}
