import { setTimeout as sleep } from 'node:timers/promises'
import type { Witness } from '@slicechat/run'
import { FAMILIES, type Kind, PROCESS_START } from '../families.ts'
import { ScrapeGaps } from '../scrape/scrape-gaps.ts'
import { ProcessAccumulator } from '../accumulators/process-accumulator.ts'
import { type Part, accumulatedWitness } from '../accumulators/accumulated-witness.ts'
import type { RawSeries } from './answer.ts'
import { type PrometheusConnection, PrometheusProblem } from './connection.ts'
import { scrapedPages, type ScrapedPage } from './scraped-pages.ts'
import { families, presence, processes } from './selector.ts'
import {
  closingScrape,
  first,
  isNamesake,
  last,
  overlap,
  type Survey,
  surveysOf,
  usualInterval,
  withoutDoubles,
} from './survey.ts'

/** A run's window on the wall clock, milliseconds since 1970. */
export interface Span {
  readonly fromMs: number
  readonly untilMs: number
}

/** How far before the run to look for a sample: as far as Prometheus itself looks back. */
const LOOKBACK_MS = 300_000
/** How long after the run servers may take to settle, in addition to two scrapes. */
const SETTLE_MS = 5000
const PIECE_MS = 300_000
/** A sample's time is when Prometheus began the scrape; the page may have been written this much later. */
const SCRAPE_MS = 100
const SHORTEST_PIECE_MS = 1000

/**
 * One kind's history over a run, of every process that Prometheus scraped: from the last scrape before the
 * run to the first after it. Waits for that last scrape if it is still to come.
 */
export class History {
  readonly #connection: PrometheusConnection
  readonly #kind: Kind
  readonly #match: readonly string[]
  readonly #span: Span
  readonly #remarks: string[] = []
  /** Processes that began within the run: everything that they counted belongs to it. */
  readonly #born = new Set<string>()

  constructor(connection: PrometheusConnection, kind: Kind, match: readonly string[], span: Span) {
    this.#connection = connection
    this.#kind = kind
    this.#match = match
    // What a GPU did at the end is in its exporter's next sample.
    const untilMs = kind === 'dcgm' ? span.untilMs + 1000 : span.untilMs
    this.#span = { ...span, untilMs }
  }

  get remarks(): readonly string[] {
    return this.#remarks
  }

  /** @returns `undefined` if Prometheus has nothing of the kind @throws {PrometheusProblem} */
  async witness(signal?: AbortSignal): Promise<Witness | undefined> {
    const surveys = await this.#settled(signal)
    const { kept, doubles } = withoutDoubles(surveys)
    if (kept.length === 0) return undefined
    for (const { target } of doubles)
      this.#remark(`${target.name} is scraped by several jobs; job "${target.job}" is left out`)
    const accumulators = await this.#accumulate(kept)
    const gaps = new ScrapeGaps()
    const parts: Part[] = []
    for (const survey of kept) {
      const accumulator = accumulators.get(survey.target.key)
      if (!accumulator) continue
      // Pods of two namespaces may have the same name; a pod that was moved is still one pod.
      const isTwin = kept.some((other) => isNamesake(other, survey) && overlap(other, survey))
      const { name, address = '' } = survey.target
      parts.push({ instance: isTwin ? `${name} (${address})` : name, accumulator })
      for (const problem of accumulator.problems) this.#remark(problem)
    }
    if (parts.length === 0) return undefined
    const zero = this.#span.fromMs
    const told = accumulatedWitness(parts, -zero)
    const intervalMs = usualInterval(kept) ?? FAMILIES[this.#kind].intervalMs
    for (const survey of kept) this.#addGaps(gaps, survey, intervalMs, told)
    return {
      kind: this.#kind,
      name: this.#kind,
      source: 'prometheus',
      url: this.#connection.url,
      intervalMs,
      gaps: gaps
        .all()
        .map(({ fromMs, untilMs, why }) => ({ fromMs: fromMs - zero, untilMs: untilMs - zero, why })),
      scrapeMs: null,
      ...told,
    }
  }

  #remark(text: string): void {
    this.#remarks.push(`${this.#kind}: ${text}`)
  }

  /** The survey, once every live process has been scraped after the end, or no longer will be. */
  async #settled(signal?: AbortSignal): Promise<Survey[]> {
    const { fromMs, untilMs } = this.#span
    for (;;) {
      const surveys = (await this.#survey()).filter((survey) => last(survey) > fromMs)
      const intervalMs = usualInterval(surveys) ?? FAMILIES[this.#kind].intervalMs
      const limitMs = untilMs + 2 * intervalMs + SETTLE_MS
      const open = surveys.some((survey) => closingScrape(survey, untilMs) === undefined)
      if (!open || Date.now() > limitMs + 1000 || signal?.aborted)
        return surveys.map((survey) => this.#within(survey, limitMs))
      const pauseMs = Math.min(5000, Math.max(500, intervalMs / 10))
      await sleep(pauseMs, undefined, signal ? { signal } : {}).catch(() => undefined)
    }
  }

  async #survey(): Promise<Survey[]> {
    const { fromMs, untilMs } = this.#span
    const selectors = [presence(this.#kind, this.#match)]
    const all: RawSeries[] = []
    const window = { fromMs: fromMs - LOOKBACK_MS, untilMs: untilMs + LOOKBACK_MS }
    for await (const { series } of this.#pieces(selectors, window, Number.POSITIVE_INFINITY))
      all.push(...series)
    return surveysOf(this.#kind, all)
  }

  /** Keeps the scrapes from the last one before the run to the one that closes it. */
  #within({ target, scrapes }: Survey, limitMs: number): Survey {
    const { fromMs, untilMs } = this.#span
    const opening = scrapes.findLast(({ at }) => at <= fromMs - SCRAPE_MS)?.at ?? fromMs
    const closing = closingScrape({ target, scrapes }, untilMs) ?? limitMs
    return { target, scrapes: scrapes.filter(({ at }) => at >= opening && at <= closing) }
  }

  async #accumulate(surveys: readonly Survey[]): Promise<Map<string, ProcessAccumulator>> {
    const accumulators = new Map<string, ProcessAccumulator>()
    const wanted = new Map(surveys.map((survey) => [survey.target.key, survey]))
    const window = { fromMs: Math.min(...surveys.map(first)) - 1, untilMs: Math.max(...surveys.map(last)) }
    const addresses = [...new Set(surveys.flatMap(({ target }) => target.address ?? []))]
    const selectors = [
      families(this.#kind, this.#match),
      ...(addresses.length > 0 ? [processes(this.#kind, this.#match, addresses)] : []),
    ]
    for await (const { afterMs, series } of this.#pieces(selectors, window, PIECE_MS))
      for (const scraped of scrapedPages(this.#kind, series)) {
        const survey = wanted.get(scraped.target.key)
        // Versions of Prometheus differ in whether a range includes its own beginning.
        if (!survey || scraped.at <= afterMs || scraped.at < first(survey) || scraped.at > last(survey))
          continue
        this.#add(accumulators, scraped)
      }
    return accumulators
  }

  /**
   * The samples of some selectors in pieces, in order of time; the pieces get smaller where the server has limits.
   */
  async *#pieces(
    selectors: readonly string[],
    { fromMs, untilMs }: Span,
    mostMs: number,
  ): AsyncGenerator<{ afterMs: number; series: RawSeries[] }> {
    let pieceMs = Math.min(mostMs, untilMs - fromMs)
    for (let afterMs = fromMs; afterMs < untilMs;) {
      const pieceUntilMs = Math.min(untilMs, afterMs + pieceMs)
      try {
        const answers = await Promise.all(
          selectors.map((one) => this.#connection.samples(one, pieceUntilMs, pieceUntilMs - afterMs)),
        )
        yield { afterMs, series: answers.flat() }
        afterMs = pieceUntilMs
      } catch (error) {
        if (!(error instanceof PrometheusProblem && error.tooMuch) || pieceMs / 2 < SHORTEST_PIECE_MS)
          throw error
        pieceMs /= 2
      }
    }
  }

  #add(accumulators: Map<string, ProcessAccumulator>, { target, at, page }: ScrapedPage): void {
    let accumulator = accumulators.get(target.key)
    if (!accumulator) {
      const start = page.values().samples(PROCESS_START)[0]?.value
      const fromZero = at > this.#span.fromMs && start !== undefined && start * 1000 >= this.#span.fromMs
      if (fromZero) this.#born.add(target.key)
      accumulators.set(target.key, (accumulator = new ProcessAccumulator(this.#kind, { fromZero })))
    }
    accumulator.add(at, page)
  }

  #addGaps(
    gaps: ScrapeGaps,
    survey: Survey,
    intervalMs: number,
    told: Pick<Witness, 'fromMs' | 'untilMs'>,
  ): void {
    const { fromMs, untilMs } = this.#span
    const name = `${FAMILIES[this.#kind].title} at ${survey.target.name}`
    const add = (from: number, until: number, why: string): void => {
      if (until > from) gaps.add({ fromMs: from, untilMs: until, why: `${name}: ${why}` })
      gaps.close()
    }
    const { scrapes } = survey
    if (first(survey) > fromMs && !this.#born.has(survey.target.key))
      add(fromMs + told.fromMs, first(survey) - 1, 'Prometheus has no earlier sample')
    for (const [index, { at }] of scrapes.entries()) {
      const next = scrapes[index + 1]?.at ?? at
      // One missing scrape makes a distance of two intervals, plus or minus the jitter of a busy Prometheus.
      if (next - at > 1.8 * intervalMs) add(at + intervalMs, next - 1, 'Prometheus has no samples')
    }
    if (last(survey) < untilMs) add(last(survey) + 1, fromMs + told.untilMs, 'Prometheus has no later sample')
  }
}
