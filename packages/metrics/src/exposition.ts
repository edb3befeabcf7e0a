/** Label names and values as written, in the order written. */
export type Labels = Readonly<Record<string, string>>

/** The types that a `# TYPE` line may name: the text format's five, and OpenMetrics' `unknown` and rarer ones. */
export const METRIC_TYPES = [
  'counter',
  'gauge',
  'histogram',
  'summary',
  'untyped',
  'unknown',
  'gaugehistogram',
  'info',
  'stateset',
] as const
/** A type that a `# TYPE` line gave. */
export type MetricType = (typeof METRIC_TYPES)[number]

/** `text`: the Prometheus text format 0.0.4. `openmetrics`: OpenMetrics 1.0, which ends in `# EOF`. */
export type ExpositionFormat = 'text' | 'openmetrics'

/** An exemplar: a trace or request that is an example for a bucket. */
export interface Exemplar {
  readonly labels: Labels
  readonly value: number
  /** Seconds since the epoch. */
  readonly timestamp?: number
}

/** One line with a number. */
export interface Sample {
  /** The name on the line, with its suffix `_bucket`, `_sum`, `_count`, `_total` and so on. */
  readonly name: string
  readonly labels: Labels
  readonly value: number
  /** As on the line: milliseconds since the epoch in `text`, seconds in `openmetrics`. */
  readonly timestamp?: number
  readonly exemplar?: Exemplar
}

/** A metric family: its samples, and its metadata, `null` where the page has none. */
export interface Family {
  readonly name: string
  readonly type: MetricType | null
  readonly help: string | null
  readonly unit: string | null
  readonly samples: readonly Sample[]
}

/** A parsed page of metrics. The families are in the page's order. */
export class Exposition {
  readonly format: ExpositionFormat
  readonly families: readonly Family[]
  #byName: Map<string, Sample[]> | undefined

  constructor(families: readonly Family[], format: ExpositionFormat = 'text') {
    this.families = families
    this.format = format
  }

  /** The family with this name. Without `# TYPE` lines (old dcgm-exporter) every sample name is a family. */
  family(name: string): Family | undefined {
    return this.families.find((family) => family.name === name)
  }

  /**
   * The samples with exactly this name (suffixes such as `_total` and `_bucket` included) and all the given labels.
   * Works with and without `# TYPE` lines; empty when no sample matches.
   */
  samples(name: string, labels: Labels = {}): readonly Sample[] {
    const named = this.#index().get(name) ?? []
    const wanted = Object.entries(labels)
    return wanted.length === 0 ? named : named.filter((sample) => hasLabels(sample.labels, wanted))
  }

  /** The sum over `samples(name, labels)`; `undefined` when there are none, which is not 0. */
  sum(name: string, labels: Labels = {}): number | undefined {
    const samples = this.samples(name, labels)
    return samples.length === 0 ? undefined : samples.reduce((sum, sample) => sum + sample.value, 0)
  }

  #index(): Map<string, Sample[]> {
    if (this.#byName) return this.#byName
    const index = new Map<string, Sample[]>()
    for (const sample of this.families.flatMap((family) => family.samples)) {
      const named = index.get(sample.name)
      if (named) named.push(sample)
      else index.set(sample.name, [sample])
    }
    this.#byName = index
    return index
  }
}

function hasLabels(labels: Labels, wanted: readonly (readonly [string, string])[]): boolean {
  return wanted.every(([name, value]) => Object.hasOwn(labels, name) && labels[name] === value)
}

/** Thrown when a page cannot be parsed. It names the line. */
export class ExpositionError extends Error {
  override readonly name = 'ExpositionError'
  /** Counted from 1. */
  readonly line: number
  /** The line as it stands on the page. */
  readonly text: string

  constructor(problem: string, line: number, text: string) {
    super(`line ${line}: ${problem}: ${JSON.stringify(text)}`)
    this.line = line
    this.text = text
  }
}
