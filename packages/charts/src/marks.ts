import type { Mark, Point, Span } from './model.ts'
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
    const d = runsOf(mark.points, ({ low, high }) => low !== null && high !== null)
      .map((run) => bandOf(run, x, y, mark.steps === true))
      .join('')
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

/** A point between two gaps becomes a dot: a line of zero length with round ends. */
function pathOf(points: readonly Point[], x: Scale, y: Scale, steps: boolean): string {
  return runsOf(points, (point) => point.y !== null)
    .map((run) => {
      const [first, ...rest] = run.map((point) => [px(x.at(point.x)), px(y.at(point.y ?? 0))] as const)
      if (!first) return ''
      if (rest.length === 0) return `M${first[0]},${first[1]}h0`
      return `M${first[0]},${first[1]}${rest.map(([at, value]) => (steps ? `H${at}V${value}` : `L${at},${value}`)).join('')}`
    })
    .join('')
}

function bandOf(run: readonly Span[], x: Scale, y: Scale, steps: boolean): string {
  const at = run.map((span) => ({
    x: px(x.at(span.x)),
    low: px(y.at(span.low ?? 0)),
    high: px(y.at(span.high ?? 0)),
  }))
  const only = at[0]
  if (!only) return ''
  if (at.length === 1) return `M${only.x},${only.low}V${only.high}h1V${only.low}z`
  if (!steps)
    return `M${at.map((span) => `${span.x},${span.high}`).join('L')}L${at
      .toReversed()
      .map((span) => `${span.x},${span.low}`)
      .join('L')}z`
  const there = at.slice(1).map((span, index) => `H${span.x}V${at[index + 1]?.high ?? span.high}`)
  const last = at.at(-1) ?? only
  const back = at
    .slice(0, -1)
    .toReversed()
    .map((span) => `V${span.low}H${span.x}`)
  return `M${only.x},${only.high}${there.join('')}V${last.low}${back.join('')}z`
}

/** Stretches of points without a gap. */
function runsOf<T>(points: readonly T[], there: (point: T) => boolean): T[][] {
  const runs: T[][] = []
  let open: T[] | null = null
  for (const point of points) {
    if (!there(point)) open = null
    else if (open) open.push(point)
    else runs.push((open = [point]))
  }
  return runs
}
