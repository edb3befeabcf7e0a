import { type Exposition, parseExposition } from '@slicechat/metrics/reading'
import type { Families } from './families.ts'
import { histogramSampleNames, PROCESS_START, SIMULATOR_INFO, valueNames } from './families.ts'

/**
 * The metrics of a process at one moment. Histograms are most of a page and are read only where they are needed.
 */
export interface Page {
  /** Counters and gauges, and the metrics about the process itself. */
  values(): Exposition
  histograms(): Exposition
}

/** Finds the lines of some samples without parsing the others. */
const linesOf = (names: readonly string[]): RegExp => new RegExp(`^(?:${names.join('|')})[{ \\t].*$`, 'gm')

/** Reads pages of one kind. */
export class PageReader {
  readonly #values: RegExp
  readonly #histograms: RegExp

  constructor(families: Families) {
    this.#values = linesOf([...valueNames(families), PROCESS_START, SIMULATOR_INFO])
    this.#histograms = linesOf(histogramSampleNames(families))
  }

  /** A page in the text format. Reading its values or histograms may throw an `ExpositionError`. */
  page(text: string): Page {
    const read = (lines: RegExp): Exposition => parseExposition((text.match(lines) ?? []).join('\n'))
    return { values: () => read(this.#values), histograms: () => read(this.#histograms) }
  }
}
