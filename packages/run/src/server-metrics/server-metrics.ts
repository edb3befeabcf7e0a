import type { HistogramData, ServerMetricName } from '@slicechat/metrics/reading'
import { GAUGES, mergeHistograms, OTHER_MODEL } from '@slicechat/metrics/reading'
import type { Run } from '../schema/run.ts'
import { combine, type Combined, type Source } from './combined.ts'
import { type Points, sumOfSteps } from './steps.ts'
import type { Witness } from '../schema/witness.ts'

type Labels = Readonly<Record<string, string>>
type Series = Witness['over'][number]

/** The label that names the model of a series. */
const MODEL = { api: 'model', vllm: 'model_name', dcgm: undefined } as const

/**
 * What all witnesses of one kind report together: several pods of an API, or several engines. If pages were
 * scraped and a Prometheus was asked too, only the scrapes count. If series name the model under test, those
 * of other models are left out, since they are other people's requests. If a counter has several names
 * because builds differ, each witness counts under the first name that it has.
 */
export class ServerMetrics {
  readonly kind: Witness['kind']
  readonly witnesses: readonly Witness[]
  /** Models that were served besides the one under test. */
  readonly otherModels: readonly string[]

  constructor(run: Pick<Run, 'witnesses' | 'target'>, kind: Witness['kind']) {
    const all = run.witnesses.filter((witness) => witness.kind === kind)
    const scraped = all.filter(({ source }) => source === 'scrape')
    const counted = scraped.length > 0 ? scraped : all
    const { witnesses, otherModels } = ofModel(counted, MODEL[kind], run.target.model)
    this.kind = kind
    this.witnesses = witnesses
    this.otherModels = otherModels
  }

  get present(): boolean {
    return this.witnesses.length > 0
  }

  /** How much a counter grew, over all series with these labels; `null` if no witness has it. */
  growth(names: readonly ServerMetricName[], labels: Labels = {}): number | null {
    const series = this.#each(names.flatMap(spellings), ({ growth }) => growth).flat()
    if (series.length === 0) return null
    return series.filter((one) => holds(one.labels, labels)).reduce((sum, one) => sum + one.delta, 0)
  }

  /** A histogram over all series, reduced to the edges that they share; `null` if no witness has it. */
  histogram(names: readonly ServerMetricName[]): HistogramData | null {
    const [first, ...others] = this.#each(names, ({ histograms }) => histograms)
      .flat()
      .map(({ edges, counts, sum }) => ({
        edges,
        counts,
        sum,
        count: counts.reduce((total, count) => total + count, 0),
      }))
    return first ? others.reduce<HistogramData>(mergeHistograms, first) : null
  }

  /**
   * A gauge over time, over all engines and pods; `null` if no witness has it.
   * @throws {Error} if it is not in `GAUGES`
   */
  gauge(name: ServerMetricName): Combined | null {
    const kind = GAUGES[this.kind][name]
    if (kind === undefined) throw new Error(`${name} is no gauge of ${this.kind}`)
    const processes = this.witnesses.flatMap((witness) =>
      [...Map.groupBy(witness.over, ({ labels }) => labels['instance'])].flatMap(([instance, over]) => {
        const series = over.filter((one) => one.name === name)
        return series.length === 0 ? [] : [{ witness, instance, series }]
      }),
    )
    if (processes.length === 0) return null
    const sources = processes.map(({ witness, instance, series }): Source => {
      const alike = processes.filter(({ witness: { name } }) => name === witness.name)
      // Shards may give two endpoints the same name.
      const called = alike.length === 1 ? witness.name : hostOf(witness.url)
      return {
        name: processes.length === 1 ? null : (instance ?? called),
        series: series.map(({ labels, points }) => ({ name: nameAmong(series, labels), points })),
        intervalMs: witness.intervalMs,
      }
    })
    return combine(kind, sources)
  }

  /** A counter's growth since the window's start, over time; empty if no witness has it. */
  counter(names: readonly ServerMetricName[]): Points {
    const series = this.#each(names.flatMap(spellings), ({ over }) => over)
    return sumOfSteps(series.flat().map(({ points }) => points))
  }

  /** The sum of a gauge that is a count at the window's beginning and end; 0 where it was not sampled then. */
  edges(names: readonly ServerMetricName[]): { readonly start: number; readonly end: number } {
    const sums = { start: 0, end: 0 }
    for (const { over, fromMs, untilMs, intervalMs } of this.witnesses) {
      for (const { points } of over.filter(({ name }) => names.some((wanted) => wanted === name))) {
        const [first, last] = [points[0], points.at(-1)]
        if (first && first[0] - fromMs <= 2 * intervalMs) sums.start += first[1]
        if (last && untilMs - last[0] <= 2 * intervalMs) sums.end += last[1]
      }
    }
    return sums
  }

  /** Reasons why its counts may be too low; empty if they hold for the whole run. */
  doubts(run: Pick<Run, 'durationMs'>): string[] {
    return this.witnesses.flatMap(({ name, fromMs, untilMs, gaps, resets }) => {
      const atAnEdge = gaps.some((gap) => gap.fromMs <= fromMs || gap.untilMs >= untilMs)
      return [
        ...(resets > 0 ? [`${name} restarted during the run; what it counted just before is lost`] : []),
        ...(fromMs > 0 || untilMs < run.durationMs ? [`${name} was not watched over the whole run`] : []),
        ...(atAnEdge ? [`${name} did not answer when the run began or ended`] : []),
      ]
    })
  }

  /** Of each witness, the series of the first of these names that it has. */
  #each<T extends { readonly name: string }>(
    names: readonly string[],
    of: (witness: Witness) => readonly T[],
  ): T[][] {
    return this.witnesses.map((witness) => {
      const all = of(witness)
      const name = names.find((one) => all.some((series) => series.name === one))
      return all.filter((series) => series.name === name)
    })
  }
}

/** The name with and without the suffix that exposition formats add to counters. */
const spellings = (name: string): string[] =>
  name.endsWith('_total') ? [name, name.slice(0, -'_total'.length)] : [name]

const holds = (labels: Labels, wanted: Labels): boolean =>
  Object.entries(wanted).every(([label, value]) => labels[label] === value)

const hostOf = (url: string): string => URL.parse(url)?.host ?? url

/** What distinguishes a series from the others of its process: "engine 1"; `null` if it is the only one. */
function nameAmong(series: readonly Series[], labels: Labels): string | null {
  const differ = Object.keys(labels).filter(
    (label) => new Set(series.map((one) => one.labels[label])).size > 1,
  )
  return differ.length === 0 ? null : differ.map((label) => `${label} ${labels[label] ?? ''}`).join(', ')
}

/**
 * Leaves out the series of other models. Requests that the API counts under no listed model may be the run's, since
 * the list is unknown while the model server is down. If no series names the model (an alias, an adapter), all count.
 */
function ofModel(
  witnesses: readonly Witness[],
  label: string | undefined,
  model: string,
): Pick<ServerMetrics, 'witnesses' | 'otherModels'> {
  if (label === undefined) return { witnesses, otherModels: [] }
  const named = new Set(
    witnesses.flatMap(({ growth, histograms, over }) =>
      [...growth, ...histograms, ...over].flatMap(({ labels }) => labels[label] ?? []),
    ),
  )
  if (!named.has(model)) return { witnesses, otherModels: [] }
  const busy = new Set(
    witnesses.flatMap(({ growth }) =>
      growth.flatMap(({ labels, delta }) => (delta > 0 ? (labels[label] ?? []) : [])),
    ),
  )
  const counts = ({ labels }: { readonly labels: Labels }): boolean =>
    [undefined, model, OTHER_MODEL].includes(labels[label])
  return {
    witnesses: witnesses.map((witness) => ({
      ...witness,
      growth: witness.growth.filter(counts),
      histograms: witness.histograms.filter(counts),
      over: witness.over.filter(counts),
    })),
    otherModels: [...busy].filter((one) => one !== model && one !== OTHER_MODEL).sort(),
  }
}
