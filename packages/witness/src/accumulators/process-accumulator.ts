import { type Exposition, GAUGES, type HistogramData, labelsWithout } from '@slicechat/metrics/reading'
import { CanonicalLabels } from './canonical-labels.ts'
import { isDcgmValue } from './dcgm-values.ts'
import { FAMILIES, type Kind, PROCESS_START, SIMULATOR_INFO } from '../families.ts'
import { HistogramAccumulator, type Named } from './histogram-accumulator.ts'
import type { Page } from '../metrics-page.ts'
import { type Point, Timeline } from './timeline.ts'

interface Counter {
  readonly name: string
  labels: Record<string, string>
  previous: number
  growth: number
}

/**
 * Accumulates the pages of one process as they come: growth of counters and histograms across restarts, and values
 * over time. Keeps the numbers that the report reads, and one page.
 */
export class ProcessAccumulator {
  readonly kind: Kind
  readonly #labels: CanonicalLabels
  readonly #timeline: Timeline
  readonly #counters = new Map<string, Counter>()
  readonly #gauges = new Map<string, { readonly name: string; labels: Record<string, string> }>()
  readonly #histograms: HistogramAccumulator
  #last: { readonly page: Page; readonly start: number | undefined } | undefined
  #fromMs = Number.NaN
  #untilMs = Number.NaN
  #samples = 0
  #resets = 0
  #simulated = false
  readonly #starts = new Set<number>()
  #sharedAddress = false
  readonly #fromZero: boolean

  /**
   * @param options.fromZero the process began within the window, so that what its first page holds is growth too
   */
  constructor(kind: Kind, { fromZero = false, mostPoints = 2000 } = {}) {
    this.kind = kind
    this.#fromZero = fromZero
    this.#labels = new CanonicalLabels(kind)
    this.#timeline = new Timeline(mostPoints)
    this.#histograms = new HistogramAccumulator(kind)
  }

  get fromMs(): number {
    return this.#fromMs
  }

  /** When the newest page was taken. */
  get untilMs(): number {
    return this.#untilMs
  }

  get samples(): number {
    return this.#samples
  }

  get resets(): number {
    return this.#resets
  }

  get simulated(): boolean {
    return this.#simulated
  }

  /**
   * A process that was gone answered again: several share the address, and differences of their pages mean nothing.
   */
  get sharedAddress(): boolean {
    return this.#sharedAddress
  }

  /** What could not be read of its pages; complete once `histograms` has been called. */
  get problems(): readonly string[] {
    return this.#histograms.problems
  }

  /** Number of requests under way by the newest page. */
  get busy(): number {
    const exposition = this.#last?.page.values()
    return FAMILIES[this.kind].busy.reduce((sum, name) => sum + (exposition?.sum(name) ?? 0), 0)
  }

  /**
   * Pages must come in order of time.
   * @throws {ExpositionError} if the page cannot be read; nothing changes then
   */
  add(ms: number, page: Page): void {
    const values = page.values()
    for (const label of this.#labels.see(values.families.flatMap(({ samples }) => samples)))
      for (const gauge of this.#gauges.values()) gauge.labels = { ...labelsWithout(gauge.labels, label) }
    const counters = this.#read(values, FAMILIES[this.kind].counters)
    const gauges = this.#read(values, FAMILIES[this.kind].gauges)
    const start = values.samples(PROCESS_START)[0]?.value
    const first = this.#last === undefined
    const restarted = !first && this.#restarted(counters, start)
    if (first && !this.#fromZero) this.#histograms.begin(page)
    if (restarted && this.#last) this.#histograms.restart(this.#last.page)
    this.#note(values, start, restarted)
    this.#last = { page, start }
    if (first) this.#fromMs = ms
    this.#untilMs = ms
    this.#samples += 1
    this.#timeline.at(ms)
    this.#grow(counters, restarted, first)
    for (const [key, { name, labels: own, value }] of gauges) {
      if (!Number.isFinite(value)) continue
      const gauge = this.#gauges.get(key)
      if (gauge) Object.assign(gauge.labels, own)
      else this.#gauges.set(key, { name, labels: own })
      this.#timeline.set(key, value)
    }
  }

  growth(): Named<number>[] {
    return [...this.#counters.values()].map(({ name, labels, growth }) => ({ name, labels, value: growth }))
  }

  histograms(): Named<HistogramData>[] {
    return this.#last ? this.#histograms.upTo(this.#last.page) : []
  }

  gauges(): Named<Point[]>[] {
    return [...this.#gauges].map(([key, series]) => ({ ...series, value: this.#timeline.points(key) }))
  }

  /** Growth since the first page; series that never grew are left out. */
  counters(): Named<Point[]>[] {
    return [...this.#counters].flatMap(([key, { name, labels, growth }]) =>
      growth === 0 ? [] : [{ name, labels, value: this.#timeline.points(key) }],
    )
  }

  #note(values: Exposition, start: number | undefined, restarted: boolean): void {
    if (restarted) this.#resets += 1
    if (restarted && start !== undefined && this.#starts.has(start) && start !== this.#last?.start)
      this.#sharedAddress = true
    if (start !== undefined) this.#starts.add(start)
    this.#simulated ||= values.samples(SIMULATOR_INFO).length > 0 || this.#namesSimulation(values)
  }

  /** The API's page names models, and the id of a simulated one says so. */
  #namesSimulation(values: Exposition): boolean {
    return (
      this.kind === 'api' &&
      FAMILIES.api.counters.some((name) =>
        values.samples(name).some(({ labels }) => labels['model']?.startsWith('sim/') ?? false),
      )
    )
  }

  #restarted(counters: ReadonlyMap<string, Named<number>>, start: number | undefined): boolean {
    const known = this.#last?.start
    if (start !== undefined && known !== undefined && start !== known) return true
    return [...this.#counters].some(([key, { previous }]) => {
      const now = counters.get(key)?.value
      // A card's counters outlive its exporter, which may leave them out for a while.
      return now === undefined ? this.kind !== 'dcgm' && start === undefined : now < previous
    })
  }

  #grow(counters: ReadonlyMap<string, Named<number>>, restarted: boolean, first: boolean): void {
    for (const [key, { name, labels, value }] of counters) {
      if (!Number.isFinite(value)) continue
      let counter = this.#counters.get(key)
      if (!counter) {
        // A counter that was on no earlier page began at 0; a card's did not, since it belongs to no process.
        const since = (first && !this.#fromZero) || this.kind === 'dcgm' ? value : 0
        this.#counters.set(key, (counter = { name, labels, previous: since, growth: 0 }))
      }
      const again = restarted && (this.kind !== 'dcgm' || value < counter.previous)
      counter.growth += again ? value : value - counter.previous
      counter.previous = value
    }
    // A counter that is missing after a restart begins at 0 when it comes back.
    if (restarted && this.kind !== 'dcgm')
      for (const [key, counter] of this.#counters) if (!counters.has(key)) counter.previous = 0
    for (const [key, counter] of this.#counters) this.#timeline.set(key, counter.growth)
  }

  /**
   * Reads samples under their current names. Samples that differ only in other labels are added up; of shares
   * the highest counts. A DCGM exporter repeats a slice's value for every pod that uses it, and a card's for
   * every slice, so the highest counts there too.
   */
  #read(values: Exposition, names: readonly string[]): Map<string, Named<number>> {
    const read = new Map<string, Named<number>>()
    for (const name of names) {
      const adds = this.kind !== 'dcgm' && GAUGES[this.kind][name] !== 'share'
      const samples = values.samples(name)
      for (const sample of samples.length > 0 ? samples : this.#olderSamples(values, name)) {
        if (this.kind === 'dcgm' && !isDcgmValue(name, sample.value)) continue
        const own = this.#labels.of(name, sample.labels)
        const key = this.#labels.key(name, own)
        const known = read.get(key)
        const value = !known
          ? sample.value
          : adds
            ? known.value + sample.value
            : Math.max(known.value, sample.value)
        read.set(key, { name, labels: { ...own, ...known?.labels }, value })
      }
    }
    return read
  }

  #olderSamples(values: Exposition, name: string): ReturnType<Exposition['samples']> {
    const { older } = FAMILIES[this.kind]
    const old = Object.keys(older).find((key) => older[key] === name)
    return old === undefined ? [] : values.samples(old)
  }
}
