import {
  type Exposition,
  type HistogramData,
  histogramDelta,
  histogramsOf,
  labelsKey,
  mergeHistograms,
  type Series,
} from '@slicechat/metrics/reading'
import { CanonicalLabels } from './canonical-labels.ts'
import { FAMILIES, histogramNames, type Kind } from '../families.ts'
import type { Page } from '../metrics-page.ts'

/** A value with the name and the labels of its series. */
export interface Named<T> {
  readonly name: string
  readonly labels: Record<string, string>
  readonly value: T
}

/** How much the histograms of one process grew. They are read only at the beginning, at restarts and at the end. */
export class HistogramAccumulator {
  readonly #kind: Kind
  readonly #grown = new Map<string, Named<HistogramData>>()
  /** What they held when counting began; empty: they began at 0. */
  #baseline: ReadonlyMap<string, Named<HistogramData>> = new Map()
  readonly #problems = new Set<string>()

  constructor(kind: Kind) {
    this.#kind = kind
  }

  /** Histograms that could not be read. */
  get problems(): readonly string[] {
    return [...this.#problems]
  }

  /** Counts growth from what this page holds. */
  begin(page: Page): void {
    this.#baseline = this.#read(page)
  }

  /** The process restarted after this page. */
  restart(last: Page): void {
    addInto(this.#grown, this.#since(last))
    this.#baseline = new Map()
  }

  /** The growth up to this page. */
  upTo(last: Page): Named<HistogramData>[] {
    const grown = new Map(this.#grown)
    addInto(grown, this.#since(last))
    return [...grown.values()]
  }

  #since(page: Page): Named<HistogramData>[] {
    return [...this.#read(page)].map(([key, { value, ...series }]) => {
      const before = this.#baseline.get(key)
      return { ...series, value: before ? histogramDelta(before.value, value).delta : value }
    })
  }

  #read(page: Page): Map<string, Named<HistogramData>> {
    const families = FAMILIES[this.#kind]
    const exposition = this.#tried(() => page.histograms())
    const labels = new CanonicalLabels(this.#kind)
    const read = new Map<string, Named<HistogramData>>()
    const present = new Set<string>()
    for (const written of exposition === undefined ? [] : histogramNames(families)) {
      const name = families.older[written] ?? written
      const series = present.has(name) ? [] : this.#seriesOf(exposition, written)
      if (series.length > 0) present.add(name)
      addInto(
        read,
        series.map((one) => ({ name, labels: labels.of(name, one.labels), value: one.value })),
      )
    }
    return read
  }

  #seriesOf(exposition: Exposition | undefined, name: string): Series<HistogramData>[] {
    return exposition === undefined ? [] : (this.#tried(() => histogramsOf(exposition, name)) ?? [])
  }

  #tried<T>(read: () => T): T | undefined {
    try {
      return read()
    } catch (error) {
      this.#problems.add(error instanceof Error ? error.message : String(error))
      return undefined
    }
  }
}

/** Adds histograms to those of the same series. */
export function addInto(
  into: Map<string, Named<HistogramData>>,
  series: readonly Named<HistogramData>[],
): void {
  for (const one of series) {
    const key = one.name + labelsKey(one.labels)
    const known = into.get(key)
    into.set(key, known ? { ...known, value: mergeHistograms(known.value, one.value) } : one)
  }
}
