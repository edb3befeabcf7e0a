/** `[milliseconds from the run's zero, value]`, ascending. */
export type Points = readonly (readonly [ms: number, value: number])[]

/** The usual time between two of them; `undefined` of fewer than two. Long histories are thinned: it may be many intervals. */
export function usualSpacing(points: readonly { readonly ms: number }[]): number | undefined {
  const between = points.slice(1).map(({ ms }, index) => ms - (points[index]?.ms ?? ms))
  return between.sort((a, b) => a - b)[between.length >> 1]
}

/** From this moment on a source says so: `null`, nobody knows what; `undefined`, it is not there (any more). */
export type Step = readonly [ms: number, value: number | null | undefined]

/**
 * What every source last said, at each moment at which one of them spoke. Sources that are sampled at different times
 * have no moment in common; a value holds until the next. The array of values is one and changes from step to step.
 *
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

/** The sum of what each source last said; what has not spoken yet counts as 0. For what only grows. */
export function sumOfSteps(sources: readonly Points[]): [ms: number, value: number][] {
  return Array.from(latestOf(sources), ([ms, values]) => [
    ms,
    values.reduce<number>((sum, value) => sum + (value ?? 0), 0),
  ])
}
