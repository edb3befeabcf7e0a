import type { Point, Series, Tone } from './chart-spec.ts'
import type { TimeBin } from './time-bins.ts'

/** `[milliseconds from the run's zero, value]`, ascending. */
export type Samples = readonly (readonly [ms: number, value: number])[]

/** How a witness was sampled. */
export interface Sampling {
  /** Time between samples; where more than two and a half of these pass without a sample, there is a gap. */
  readonly everyMs: number
  readonly gaps: readonly { readonly fromMs: number; readonly untilMs: number }[]
}

/** A witness's samples as a line on the run's time axis, with a gap where some are missing. */
export function sampledSeries(
  bins: readonly TimeBin[],
  all: Samples,
  sampling: Sampling,
  { label, tone, text }: { label: string; tone: Tone; text: (value: number) => string },
): Series {
  const end = bins.at(-1)?.untilMs ?? Number.POSITIVE_INFINITY
  // The window of a witness encloses the run; samples outside the run have no place on its axis.
  const samples = all.filter(([ms]) => ms >= 0 && ms <= end)
  const points = broken(samples, sampling)
  return {
    label,
    tone,
    marks: [{ kind: 'line', points }],
    texts: texts(bins, samples, sampling.everyMs, text),
  }
}

/** Points, with a gap where samples are missing. */
function broken(samples: Samples, { everyMs, gaps }: Sampling): Point[] {
  return samples.flatMap(([x, y], index) => {
    const before = samples[index - 1]?.[0]
    if (before === undefined) return [{ x, y }]
    const lost = gaps.some(({ fromMs, untilMs }) => fromMs < x && untilMs > before)
    return lost || x - before > everyMs * 2.5
      ? [
          { x: (before + x) / 2, y: null },
          { x, y },
        ]
      : [{ x, y }]
  })
}

/**
 * For each bin the text of the sample nearest to its middle, if that is at most an interval, or half a bin, away.
 */
function texts(
  bins: readonly TimeBin[],
  samples: Samples,
  everyMs: number,
  text: (value: number) => string,
): string[] {
  let next = 0
  return bins.map(({ fromMs, untilMs }) => {
    const middle = (fromMs + untilMs) / 2
    const distance = (index: number) => Math.abs((samples[index]?.[0] ?? Infinity) - middle)
    while (next + 1 < samples.length && distance(next + 1) <= distance(next)) next++
    const sample = samples[next]
    return sample && distance(next) <= Math.max(everyMs, (untilMs - fromMs) / 2) ? text(sample[1]) : ''
  })
}
