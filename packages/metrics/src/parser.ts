import type { ExpositionFormat, Family, MetricType, Sample } from './exposition.ts'
import { Exposition, METRIC_TYPES } from './exposition.ts'
import { LineScanner, unescaped } from './line-scanner.ts'

/** The suffixes that samples of a family may have, by the family's type. */
const SUFFIXES: Readonly<Partial<Record<MetricType, readonly string[]>>> = {
  counter: ['_total', '_created'],
  histogram: ['_bucket', '_count', '_sum', '_created'],
  gaugehistogram: ['_bucket', '_gcount', '_gsum'],
  summary: ['_count', '_sum', '_created'],
  info: ['_info'],
}
const ALL_SUFFIXES = [...new Set(Object.values(SUFFIXES).flat())]

/**
 * Reads a page in the Prometheus text format 0.0.4 or in OpenMetrics 1.0.
 *
 * Samples may stand before their `# TYPE` line or have none. A repeated type is ignored, a contradicting one is an
 * error. Quoted UTF-8 metric and label names are not supported; servers send them only to clients that ask for
 * `escaping=allow-utf-8`. Names and label values are slices of the page and keep it in memory: over many scrapes keep
 * numbers, not samples.
 *
 * @param options.format the format that the content type names; by default `openmetrics` if the page ends in `# EOF`.
 *   A page that is declared `openmetrics` but lacks `# EOF` was cut off and is an error.
 * @throws {ExpositionError} with the line's number and text
 */
export function parseExposition(page: string, options: { format?: ExpositionFormat } = {}): Exposition {
  const format = options.format ?? (/(?:^|\n)# EOF\s*$/.test(page.slice(-64)) ? 'openmetrics' : 'text')
  const scanner = new LineScanner(page)
  const builder = new FamilyBuilder(scanner)
  let ended = false
  let number = 0
  for (let start = 0; start < page.length;) {
    const feed = page.indexOf('\n', start)
    const end = feed === -1 ? page.length : feed
    scanner.enter(++number, start, end)
    start = end + 1
    if (scanner.ended()) continue
    if (ended) scanner.fail('expected nothing after # EOF')
    if (!scanner.hash()) builder.sample(scanner.sample())
    else ended = comment(scanner, builder, format)
  }
  if (format === 'openmetrics' && !ended) scanner.fail('expected # EOF after this line')
  return new Exposition(builder.families(), format)
}

/** Reads the line after its `#`. @returns whether an OpenMetrics page ends here */
function comment(scanner: LineScanner, builder: FamilyBuilder, format: ExpositionFormat): boolean {
  const open = format === 'openmetrics'
  switch (scanner.word()) {
    case 'HELP':
      builder.help(scanner.metricName(), unescaped(scanner.rest(), open))
      return false
    case 'TYPE':
      builder.type(scanner.metricName(), scanner.word().toLowerCase())
      if (!scanner.ended()) scanner.fail('expected the end of the line')
      return false
    case 'UNIT':
      if (open) builder.unit(scanner.metricName(), scanner.word())
      return false
    case 'EOF':
      return open
    default:
      return false
  }
}

type Draft = { -readonly [K in keyof Family]: Family[K] } & { samples: Sample[] }

/** Assigns samples to their families. */
class FamilyBuilder {
  readonly #scanner: LineScanner
  readonly #drafts = new Map<string, Draft>()
  /** The family of the last line, which is nearly always the next line's family too. */
  #current: Draft | undefined

  constructor(scanner: LineScanner) {
    this.#scanner = scanner
  }

  families(): readonly Family[] {
    return [...this.#drafts.values()]
  }

  help(name: string, help: string): void {
    this.#open(name).help ??= help
  }

  unit(name: string, unit: string): void {
    this.#open(name).unit ??= unit
  }

  type(name: string, word: string): void {
    const type = METRIC_TYPES.find((known) => known === word)
    if (!type) return this.#scanner.fail(`${JSON.stringify(word)} is no metric type`)
    const draft = this.#open(name)
    if (draft.type !== null && draft.type !== type) this.#scanner.fail(`${name} is a ${draft.type} already`)
    if (draft.type === null) {
      draft.type = type
      this.#adopt(draft, type)
    }
  }

  sample(sample: Sample): void {
    const current = this.#current
    this.#current = current && holds(current, sample.name) ? current : this.#home(sample.name)
    this.#current.samples.push(sample)
  }

  #open(name: string): Draft {
    const known = this.#drafts.get(name)
    if (known) return (this.#current = known)
    const draft: Draft = { name, type: null, help: null, unit: null, samples: [] }
    this.#drafts.set(name, draft)
    return (this.#current = draft)
  }

  #home(name: string): Draft {
    if (!this.#drafts.has(name)) {
      for (const suffix of ALL_SUFFIXES) {
        const owner = name.endsWith(suffix) ? this.#drafts.get(name.slice(0, -suffix.length)) : undefined
        if (owner && holds(owner, name)) return owner
      }
    }
    return this.#open(name)
  }

  /** Moves samples that stood before the TYPE line, and so became families of their own, into their family. */
  #adopt(draft: Draft, type: MetricType): void {
    for (const suffix of SUFFIXES[type] ?? []) {
      const early = this.#drafts.get(draft.name + suffix)
      if (early?.type !== null || early.help !== null || early.unit !== null) continue
      draft.samples.push(...early.samples)
      this.#drafts.delete(early.name)
    }
  }
}

function holds(family: Family, name: string): boolean {
  if (!name.startsWith(family.name)) return false
  if (name.length === family.name.length) return true
  const suffixes = family.type === null ? undefined : SUFFIXES[family.type]
  return suffixes?.includes(name.slice(family.name.length)) ?? false
}
