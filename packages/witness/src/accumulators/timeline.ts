/** A point in time and a value. */
export type Point = [ms: number, value: number]

/**
 * Values of many series, sampled together, in bounded memory: beyond `most` moments, neighbours become their mean.
 * The first and the last sample stay as they were, since the requests under way at the edges are read from them.
 */
export class Timeline {
  readonly #most: number
  #moments: { sum: number; count: number }[] = []
  #perMoment = 1
  readonly #series = new Map<string, Values>()
  #nowMs = 0

  constructor(most = 2000) {
    this.#most = most
  }

  /** All values until the next call were sampled at this moment. */
  at(ms: number): void {
    this.#nowMs = ms
    const last = this.#moments.at(-1)
    // The first moment stays alone, so it is never merged.
    if (last !== undefined && this.#moments.length > 1 && last.count < this.#perMoment) {
      last.sum += ms
      last.count += 1
    } else {
      if (this.#moments.length >= this.#most) this.#thin()
      this.#moments.push({ sum: ms, count: 1 })
    }
  }

  set(key: string, value: number): void {
    let values = this.#series.get(key)
    if (!values) this.#series.set(key, (values = { sums: [], counts: [], last: undefined, lastMs: 0 }))
    const index = this.#moments.length - 1
    values.sums[index] = (values.sums[index] ?? 0) + value
    values.counts[index] = (values.counts[index] ?? 0) + 1
    values.last = value
    values.lastMs = this.#nowMs
  }

  /** Moments without a sample of that series are left out. */
  points(key: string): Point[] {
    const values = this.#series.get(key)
    if (!values) return []
    const points = this.#moments.flatMap(({ sum, count }, index): Point[] => {
      const of = values.counts[index] ?? 0
      return of === 0 ? [] : [[sum / count, (values.sums[index] ?? 0) / of]]
    })
    const end = points.at(-1)
    if (end && values.last !== undefined && end[0] < values.lastMs) points.push([values.lastMs, values.last])
    return points
  }

  #thin(): void {
    this.#perMoment *= 2
    const pairs = <T>(items: readonly T[], merge: (a: T, b: T | undefined) => T): T[] =>
      items.flatMap((item, index) =>
        index === 0 ? [item] : index % 2 === 1 ? [merge(item, items[index + 1])] : [],
      )
    const add = (a: number | undefined, b: number | undefined): number => (a ?? 0) + (b ?? 0)
    const length = this.#moments.length
    this.#moments = pairs(this.#moments, (a, b) => ({
      sum: a.sum + (b?.sum ?? 0),
      count: a.count + (b?.count ?? 0),
    }))
    for (const values of this.#series.values()) {
      values.sums = pairs(filled(values.sums, length), add)
      values.counts = pairs(filled(values.counts, length), add)
    }
  }
}

interface Values {
  sums: number[]
  counts: number[]
  last: number | undefined
  lastMs: number
}

/** A series that began late or ended early has holes, which the pairing must not close. */
const filled = (values: readonly number[], length: number): number[] =>
  Array.from({ length }, (_, index) => values[index] ?? 0)
