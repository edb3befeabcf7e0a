import { setTimeout as sleep } from 'node:timers/promises'
import type { Witness } from '@slicechat/run'
import { WitnessProblem } from '../witness-problem.ts'
import { FAMILIES, type Kind, kindOf } from '../families.ts'
import { ScrapeGaps } from './scrape-gaps.ts'
import { MetricsEndpoint } from './metrics-endpoint.ts'
import { PageReader } from '../metrics-page.ts'
import { ProcessAccumulator } from '../accumulators/process-accumulator.ts'
import { accumulatedWitness } from '../accumulators/accumulated-witness.ts'

/** A metrics page, and how it is scraped. */
export interface WitnessOptions {
  /** Its name in the report; `api`, `vllm` and `dcgm` unless there are several. */
  readonly name: string
  readonly url: URL
  /** The kind that the page must be; if left out, it is recognised by its metrics. */
  readonly kind?: Kind | undefined
  /** Milliseconds between two scrapes; by default 1 s, and 5 s for DCGM, whose sampling costs the GPU's speed. */
  readonly intervalMs?: number | undefined
  /** Milliseconds after which a scrape counts as failed. Default 5 s. */
  readonly timeoutMs?: number | undefined
}

/** A finished witness, with remarks to print about it. */
export interface FinishedWitness {
  readonly witness: Witness
  readonly remarks: readonly string[]
  /** The first and the last page as they were received, with their times in milliseconds since 1970. */
  readonly pages: { readonly opening: SavedPage; readonly closing: SavedPage }
}

/** The text of a metrics page, and when it was taken: `at` is milliseconds since 1970. */
export interface SavedPage {
  readonly at: number
  readonly text: string
}

/** How long servers get to settle, and the pause between two looks at them, in milliseconds. */
const SETTLE_MS = 5000
const SETTLE_PAUSE_MS = 200
/** Timeout of the last scrape of an endpoint that has been silent for longer than its interval and `SETTLE_MS`. */
const LAST_SCRAPE_TIMEOUT_MS = 500

/**
 * Takes the opening page, and from then on one page each interval.
 * @throws {WitnessProblem} that names the flag, if the endpoint does not answer or its page is of no kind that is read
 */
export async function startWitness(options: WitnessOptions): Promise<RunningWitness> {
  const { name, url, kind } = options
  const endpoint = new MetricsEndpoint(url)
  const sentMs = performance.now()
  const at = Date.now()
  try {
    const text = await endpoint.read(options.timeoutMs ?? SETTLE_MS)
    const found = kindOf(text)
    if (found === undefined || (kind !== undefined && kind !== found)) {
      const is =
        found === undefined ? 'no metrics that are read here' : `the metrics of ${FAMILIES[found].title}`
      const wanted = kind === undefined ? 'an API, vLLM or a DCGM exporter' : FAMILIES[kind].title
      throw new Error(`the page has ${is}; wanted those of ${wanted}`)
    }
    const tookMs = performance.now() - sentMs
    return new RunningWitness({ ...options, kind: found, endpoint }, { at, text, sentMs, tookMs })
  } catch (error) {
    await endpoint.close()
    throw new WitnessProblem(
      `--scrape ${name}=${endpoint.url}`,
      error instanceof Error ? error.message : String(error),
    )
  }
}

/** An endpoint that is being scraped. */
export class RunningWitness {
  readonly kind: Kind
  readonly name: string
  readonly #endpoint: MetricsEndpoint
  readonly #reader: PageReader
  readonly #accumulator: ProcessAccumulator
  readonly #gaps = new ScrapeGaps()
  readonly #intervalMs: number
  readonly #timeoutMs: number
  readonly #opening: SavedPage
  #closing: SavedPage
  #spentMs = 0
  readonly #ended = new AbortController()
  readonly #givenUp = new AbortController()
  readonly #loop: Promise<void>

  constructor(
    options: WitnessOptions & { kind: Kind; endpoint: MetricsEndpoint },
    { sentMs, tookMs, ...page }: SavedPage & { sentMs: number; tookMs: number },
  ) {
    this.kind = options.kind
    this.name = options.name
    this.#endpoint = options.endpoint
    this.#reader = new PageReader(FAMILIES[options.kind])
    this.#accumulator = new ProcessAccumulator(options.kind)
    this.#intervalMs = options.intervalMs ?? FAMILIES[options.kind].intervalMs
    this.#timeoutMs = options.timeoutMs ?? SETTLE_MS
    this.#accumulator.add(sentMs, this.#reader.page(page.text))
    this.#spentMs = tookMs
    this.#opening = page
    this.#closing = page
    this.#loop = this.#scrapeEach(sentMs)
  }

  /**
   * Takes the closing page as soon as nothing is under way any more (after a few seconds at most; DCGM's a
   * sample later), and returns what the witness saw. A server that has been silent for longer than it would
   * get now is asked just once more.
   * @param startedAt wall clock time of the run's zero, milliseconds since 1970
   * @param quietMs for how long no text has come: what the GPU did before that may be on its page already
   */
  async finish(startedAt: number, quietMs = 0): Promise<FinishedWitness> {
    // Both clocks are read now, so that a later change of the wall clock shifts nothing.
    const shiftMs = Date.now() - startedAt - performance.now()
    this.#ended.abort()
    const silent = performance.now() - this.#accumulator.untilMs > this.#intervalMs + SETTLE_MS
    if (silent) this.#givenUp.abort()
    await this.#loop
    if (!silent || (await this.#scrape({ timeoutMs: LAST_SCRAPE_TIMEOUT_MS }))) await this.#close(quietMs)
    await this.#endpoint.close()
    const accumulator = this.#accumulator
    const at = (ms: number): number => Math.round((ms + shiftMs) * 10) / 10
    const witness: Witness = {
      kind: this.kind,
      name: this.name,
      source: 'scrape',
      url: this.#endpoint.url,
      intervalMs: this.#intervalMs,
      gaps: this.#gaps
        .all()
        .map(({ fromMs, untilMs, why }) => ({ fromMs: at(fromMs), untilMs: at(untilMs), why })),
      scrapeMs: this.#spentMs / accumulator.samples,
      ...accumulatedWitness([{ instance: this.name, accumulator }], shiftMs),
    }
    return { witness, remarks: this.#remarks(), pages: { opening: this.#opening, closing: this.#closing } }
  }

  /** Stops without a closing page. */
  async stop(): Promise<void> {
    this.#ended.abort()
    await this.#endpoint.close()
    await this.#loop
  }

  #remarks(): string[] {
    const { problems, sharedAddress } = this.#accumulator
    const shared = `${this.name}: several processes answer at ${this.#endpoint.url} in turn; scrape each at its own address`
    return [...problems.map((problem) => `${this.name}: ${problem}`), ...(sharedAddress ? [shared] : [])]
  }

  async #scrapeEach(openedMs: number): Promise<void> {
    const { signal } = this.#ended
    let dueMs = openedMs + this.#intervalMs
    for (;;) {
      // The promise must not reject on abort; and a run that crashes must not be kept alive by its witness.
      await sleep(Math.max(0, dueMs - performance.now()), undefined, { signal, ref: false }).catch(
        () => undefined,
      )
      if (signal.aborted) return
      const beganMs = performance.now()
      await this.#scrape({ timeoutMs: this.#timeoutMs, givenUp: this.#givenUp.signal })
      const nowMs = performance.now()
      dueMs += this.#intervalMs
      if (dueMs > nowMs) continue
      const missed = Math.floor((nowMs - dueMs) / this.#intervalMs) + 1
      const why = `left out ${missed === 1 ? '1 scrape that was' : `${missed} scrapes that were`} due: the one before took ${((nowMs - beganMs) / 1000).toFixed(1)} s`
      this.#gaps.add({ fromMs: dueMs, untilMs: nowMs, why })
      dueMs += missed * this.#intervalMs
    }
  }

  async #scrape({ timeoutMs, givenUp }: { timeoutMs: number; givenUp?: AbortSignal }): Promise<boolean> {
    const sentMs = performance.now()
    const at = Date.now()
    try {
      const text = await this.#endpoint.read(timeoutMs, givenUp)
      const tookMs = performance.now() - sentMs
      if (kindOf(text) !== this.kind)
        throw new Error(`the page was no longer that of ${FAMILIES[this.kind].title}`)
      this.#accumulator.add(sentMs, this.#reader.page(text))
      this.#spentMs += tookMs
      this.#closing = { at, text }
      this.#gaps.close()
      return true
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error)
      this.#gaps.add({ fromMs: sentMs, untilMs: performance.now(), why })
      return false
    }
  }

  async #close(quietMs: number): Promise<void> {
    // What the GPU did at the end is in the exporter's next sample.
    if (this.kind === 'dcgm') await sleep(Math.max(0, Math.min(this.#intervalMs, SETTLE_MS) - quietMs))
    const deadlineMs = performance.now() + SETTLE_MS
    for (;;) {
      const answered = await this.#scrape({ timeoutMs: this.#timeoutMs })
      if ((answered && this.#accumulator.busy === 0) || performance.now() >= deadlineMs) return
      await sleep(SETTLE_PAUSE_MS)
    }
  }
}
