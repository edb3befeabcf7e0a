import type { StepWork } from '../engine/engine.ts'

/** One kind of step, measured over all repeats. */
export interface Observation {
  /** Kind, batch size and prompt tokens of each request, such as `decode 8 × 158`. */
  readonly name: string
  /** The work of the step, counted from the server's `usage`. */
  readonly work: StepWork
  /** Median over the repeats, milliseconds. */
  readonly ms: number
  /** Half the distance between the quartiles, as a share of the median; 0 for a single repeat. */
  readonly spread: number
  readonly repeats: number
  /** Whether the client measured the time from the request on, so that it includes the time before the step. */
  readonly fromRequest: boolean
}

/** One repeat of one kind of step. */
export interface Sample {
  readonly name: string
  readonly work: StepWork
  readonly ms: number
  readonly fromRequest: boolean
}

/** Combines repeats of the same name into medians of the time and of the work. Names keep their order. */
export function observationsOf(samples: readonly Sample[]): Observation[] {
  const byName = Map.groupBy(samples, ({ name }) => name)
  return [...byName].map(([name, repeats]) => {
    const ms = repeats.map((sample) => sample.ms)
    const middle = median(ms)
    const half = (key: keyof StepWork) => median(repeats.map(({ work }) => work[key]))
    return {
      name,
      work: {
        sequences: half('sequences'),
        prefillTokens: half('prefillTokens'),
        decodeTokens: half('decodeTokens'),
        contextTokens: half('contextTokens'),
        attentionPairs: half('attentionPairs'),
      },
      ms: middle,
      spread: (quantile(ms, 0.75) - quantile(ms, 0.25)) / 2 / middle,
      repeats: repeats.length,
      fromRequest: repeats.some((sample) => sample.fromRequest),
    }
  })
}

export const median = (values: readonly number[]): number => quantile(values, 0.5)

/** The quantile, with linear interpolation between the two nearest values; NaN without values. */
function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  const place = (sorted.length - 1) * share
  const below = sorted[Math.floor(place)] ?? NaN
  const above = sorted[Math.ceil(place)] ?? NaN
  return below + (above - below) * (place - Math.floor(place))
}
