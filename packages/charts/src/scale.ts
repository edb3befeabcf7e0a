import { extent, nice, ticks } from 'd3-array'

/** Maps values to pixels along one axis. */
export interface Scale {
  /** The pixel of a value; values outside are put at the edge. */
  readonly at: (value: number) => number
  readonly ticks: readonly number[]
  readonly from: number
  readonly until: number
}

type Range = readonly [from: number, until: number]

/** From 0 (or below, where there are negative values) to a round number that no value exceeds. */
export function linearScale(values: Iterable<number>, range: Range, count = 5): Scale {
  const [least = 0, most = 0] = extentOf(values)
  const low = Math.min(0, least)
  const far = Math.max(0, most)
  // A smaller range counts as none: divided further, it would be lost in floating point.
  const [from, until] = nice(low, far - low < 1e-9 ? low + 1 : far, count)
  return { at: linear(from, until, range), ticks: ticks(from, until, count), from, until }
}

/** A nanosecond, for values in milliseconds; a logarithmic axis has to begin somewhere. */
const SMALLEST = 1e-6

/**
 * Ticks at powers of ten, and at 2 and 5 times each of them if ticks stay `apart` pixels from each other.
 * Values that are not above zero are ignored.
 */
export function logScale(values: Iterable<number>, range: Range, apart = 14): Scale {
  const [low = 1, high = 10] = extentOf(values, SMALLEST)
  const from = below125(low)
  const until = Math.max(above125(high), above125(from * 1.5))
  const decades = Math.log10(until / from)
  const perDecade = Math.abs(range[1] - range[0]) / decades
  const steps = perDecade * Math.log10(2) > apart ? [1, 2, 5] : [1]
  const every = Math.max(1, Math.ceil(apart / perDecade))
  const powers: number[] = []
  for (let power = Math.floor(Math.log10(from)); power <= Math.ceil(Math.log10(until)); power += every) {
    for (const step of steps) {
      const tick = Number((step * 10 ** power).toPrecision(1))
      if (tick >= from * 0.999 && tick <= until * 1.001) powers.push(tick)
    }
  }
  const place = linear(Math.log10(from), Math.log10(until), range)
  return { at: (value) => place(Math.log10(Math.max(value, from))), ticks: powers, from, until }
}

const SECOND = 1000
const TIME_STEPS = [
  ...[1, 2, 5, 10, 20, 50, 100, 200, 500],
  ...[1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600].map((s) => s * SECOND),
  ...[2, 4, 6, 12, 24, 48, 96, 168, 336, 672].map((h) => h * 3600 * SECOND),
]

/**
 * An axis for a run's time in milliseconds, exactly from end to end; ticks at round times, at least `apart`
 * pixels apart.
 */
export function timeScale(from: number, until: number, range: Range, apart = 80): Scale {
  const span = Math.max(until - from, 1)
  const room = Math.max(1, Math.floor(Math.abs(range[1] - range[0]) / apart))
  const step = TIME_STEPS.find((candidate) => span / candidate <= room) ?? roundStep(span / room)
  const roundTimes: number[] = []
  for (let tick = Math.ceil(from / step) * step; tick <= until; tick += step) roundTimes.push(tick)
  return { at: linear(from, from + span, range), ticks: roundTimes, from, until: from + span }
}

function linear(from: number, until: number, [start, end]: Range): (value: number) => number {
  const span = until - from || 1
  return (value) => start + (Math.min(Math.max((value - from) / span, 0), 1) || 0) * (end - start)
}

/** The smallest of 1, 2, 5, 10 … that is not below `least`. */
function roundStep(least: number): number {
  const power = 10 ** Math.floor(Math.log10(least))
  const step = [1, 2, 5, 10].find((candidate) => candidate * power >= least * (1 - 1e-9)) ?? 10
  return step * power
}

function above125(value: number): number {
  return Number(roundStep(value).toPrecision(1))
}

function below125(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value))
  return ([5, 2, 1].find((step) => step * power <= value * (1 + 1e-9)) ?? 1) * power
}

/** The least and the largest finite value that is not below `from`. */
const extentOf = (values: Iterable<number>, from = -Infinity): [number, number] | [undefined, undefined] =>
  extent(values, (value) => (Number.isFinite(value) && value >= from ? value : null))
