import { numberText } from './number-text.ts'

/** Labels of one series. They are printed in alphabetical order, as by Python's client. */
export type Labels = Readonly<Record<string, string>>

const escape = (value: string) => value.replace(/\\/g, '\\\\').replace(/\n/g, '\\n').replace(/"/g, '\\"')

/** The labels as `{a="1",b="2"}`, or an empty string if there are none. */
function labelText(labels: Labels): string {
  const names = Object.keys(labels).sort()
  if (names.length === 0) return ''
  return `{${names.map((name) => `${name}="${escape(labels[name] ?? '')}"`).join(',')}}`
}

/** One series of a counter or gauge. */
export class Value {
  declare private readonly brand: never
  value = 0
  readonly createdS: number

  constructor(createdS: number) {
    this.createdS = createdS
  }

  add(amount: number): void {
    this.value += amount
  }
}

/** One series of a histogram. The counts per bucket become cumulative only when printed. */
export class Distribution {
  declare private readonly brand: never
  sum = 0
  readonly edges: readonly number[]
  readonly counts: number[]
  readonly createdS: number

  constructor(edges: readonly number[], createdS: number) {
    this.edges = edges
    this.counts = new Array<number>(edges.length + 1).fill(0)
    this.createdS = createdS
  }

  observe(value: number, times = 1): void {
    let at = 0
    while (at < this.edges.length && value > (this.edges[at] as number)) at++
    this.counts[at] = (this.counts[at] as number) + times
    this.sum += value * times
  }

  get count(): number {
    return this.counts.reduce((sum, count) => sum + count, 0)
  }
}

/** A metric with all its series. `name` is the name in the TYPE line. */
interface Family {
  readonly name: string
  readonly help: string
  print(): string
}

const heading = (name: string, help: string, type: string) =>
  `# HELP ${name} ${help.replace(/\\/g, '\\\\').replace(/\n/g, '\\n')}\n# TYPE ${name} ${type}\n`

/** A registry that prints metrics as vLLM's `/metrics` does, including `_created` gauges. */
export class Registry {
  readonly #families: Family[] = []
  readonly #nowS: () => number
  readonly #before: (() => void)[] = []

  /** @param nowS the wall clock in seconds since 1970, for the `_created` gauges */
  constructor(nowS: () => number) {
    this.#nowS = nowS
  }

  /** Registers a function that runs before each page is printed, for gauges that are read only then. */
  beforePrint(read: () => void): void {
    this.#before.push(read)
  }

  gauge(name: string, help: string): (labels: Labels) => Value {
    return this.#values(name, help, 'gauge')
  }

  /** A counter, whose `name` ends in `_total`. With `created` it also has a `_created` gauge. */
  counter(name: string, help: string, created = true): (labels: Labels) => Value {
    return this.#values(name, help, 'counter', created ? name.replace(/_total$/, '_created') : undefined)
  }

  histogram(name: string, help: string, edges: readonly number[]): (labels: Labels) => Distribution {
    const { of, entries } = this.#series((createdS) => new Distribution(edges, createdS))
    this.#families.push({ name, help, print: () => printHistogram(name, help, entries()) })
    return of
  }

  /** A summary: a histogram without buckets, with count and sum only. */
  summary(name: string, help: string): (labels: Labels) => Distribution {
    const { of, entries } = this.#series((createdS) => new Distribution([], createdS))
    const print = () => {
      let text = heading(name, help, 'summary')
      for (const [labels, series] of entries()) {
        text += `${name}_count${labels} ${numberText(series.count)}\n`
        text += `${name}_sum${labels} ${numberText(series.sum)}\n`
      }
      return text + printCreated(`${name}_created`, help, entries())
    }
    this.#families.push({ name, help, print })
    return of
  }

  /** The page in the Prometheus text format. */
  print(): string {
    for (const read of this.#before) read()
    return this.#families.map((family) => family.print()).join('')
  }

  #values(name: string, help: string, type: string, created?: string): (labels: Labels) => Value {
    const { of, entries } = this.#series((createdS) => new Value(createdS))
    const print = () => {
      let text = heading(name, help, type)
      for (const [labels, series] of entries()) text += `${name}${labels} ${numberText(series.value)}\n`
      return created === undefined ? text : text + printCreated(created, help, entries())
    }
    this.#families.push({ name, help, print })
    return of
  }

  #series<T>(make: (createdS: number) => T) {
    const series = new Map<string, T>()
    const of = (labels: Labels): T => {
      const key = labelText(labels)
      let found = series.get(key)
      if (found === undefined) {
        found = make(this.#nowS())
        series.set(key, found)
      }
      return found
    }
    return { of, entries: () => [...series] }
  }
}

function printCreated(name: string, help: string, entries: [string, { createdS: number }][]): string {
  let text = heading(name, help, 'gauge')
  for (const [labels, { createdS }] of entries) text += `${name}${labels} ${numberText(createdS)}\n`
  return text
}

function printHistogram(name: string, help: string, entries: [string, Distribution][]): string {
  let text = heading(name, help, 'histogram')
  for (const [labels, series] of entries) {
    let cumulative = 0
    for (const [at, count] of series.counts.entries()) {
      cumulative += count
      text += `${name}_bucket${withEdge(labels, series.edges[at] ?? Infinity)} ${numberText(cumulative)}\n`
    }
    text += `${name}_count${labels} ${numberText(cumulative)}\n`
    text += `${name}_sum${labels} ${numberText(series.sum)}\n`
  }
  return text + printCreated(`${name}_created`, help, entries)
}

/** Inserts `le` into the labels, in alphabetical order. */
function withEdge(labels: string, edge: number): string {
  const le = `le="${numberText(edge)}"`
  if (labels === '') return `{${le}}`
  const pairs = labels.slice(1, -1).match(/[^=,]+="(?:[^"\\]|\\.)*"/g) ?? []
  const at = pairs.findIndex((pair) => pair > le)
  pairs.splice(at === -1 ? pairs.length : at, 0, le)
  return `{${pairs.join(',')}}`
}
