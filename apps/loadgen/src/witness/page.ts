import { type Exposition, parseExposition } from '@slicechat/metrics/reading'
import type { Families } from './families.ts'
import { histogramSampleNames, PROCESS_START, SIMULATOR_INFO, valueNames } from './families.ts'

/** What a process said at one moment. Histograms are most of a page and are read only where they are needed. */
export interface Page {
  /** Counters and gauges, and what is said of the process. */
  values(): Exposition
  histograms(): Exposition
}

/** The lines of some samples, found without reading the others. */
const linesOf = (names: readonly string[]): RegExp => new RegExp(`^(?:${names.join('|')})[{ \\t].*$`, 'gm')

/** Reads pages of one kind. */
export class PageReader {
  readonly #values: RegExp
  readonly #histograms: RegExp

  constructor(families: Families) {
    this.#values = linesOf([...valueNames(families), PROCESS_START, SIMULATOR_INFO])
    this.#histograms = linesOf(histogramSampleNames(families))
  }

  /** A page in the text format. What is read of it later may throw an `ExpositionError`. */
  page(text: string): Page {
    const read = (lines: RegExp): Exposition => parseExposition((text.match(lines) ?? []).join('\n'))
    return { values: () => read(this.#values), histograms: () => read(this.#histograms) }
  }
}
