/** `[milliseconds from the run's zero, value]`, ascending. */
export type Points = readonly (readonly [ms: number, value: number])[]

/**
 * The usual time between two points; `undefined` if there are fewer. Long histories are thinned, so it may be
 * many intervals.
 */
export function usualSpacing(points: readonly { readonly ms: number }[]): number | undefined {
  const between = points.slice(1).map(({ ms }, index) => ms - (points[index]?.ms ?? ms))
  return between.sort((a, b) => a - b)[between.length >> 1]
}

/**
 * What a source says from this moment on; `null`: its value is unknown; `undefined`: it is not there (any more).
 */
export type Step = readonly [ms: number, value: number | null | undefined]

/**
 * The latest value of every source, at each moment at which one of them has a new one. A value holds until
 * the next, since sources that are sampled at different times have no moment in common. All moments share one
 * array of values, which changes from step to step.
 * @param sources each ascending
 */
export function* latestOf(
  sources: readonly (readonly Step[])[],
): Generator<readonly [ms: number, values: readonly (number | null | undefined)[]]> {
  const steps = sources
    .flatMap((source, index) => source.map(([ms, value]) => ({ ms, value, index })))
    .sort((a, b) => a.ms - b.ms)
  const latest = new Array<number | null | undefined>(sources.length).fill(undefined)
  for (const [position, { ms, value, index }] of steps.entries()) {
    latest[index] = value
    if (steps[position + 1]?.ms !== ms) yield [ms, latest]
  }
}

/**
 * The sum of the latest values of all sources; a source that has none yet counts as 0. For values that only grow.
 */
export function sumOfSteps(sources: readonly Points[]): [ms: number, value: number][] {
  return Array.from(latestOf(sources), ([ms, values]) => [
    ms,
    values.reduce<number>((sum, value) => sum + (value ?? 0), 0),
  ])
}
