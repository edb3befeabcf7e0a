import type { Witness } from '@slicechat/report'
import type { Environment } from '../env.ts'
import type { MeasuredRun } from '../run/run-scenario.ts'
import type { TargetOptions } from '../target/open-target.ts'
import type { PrometheusOptions } from '../witness/prometheus/connection.ts'
import { checkPrometheus, witnessesFromPrometheus } from '../witness/prometheus/prometheus.ts'
import { type Finished, type RunningWitness, startWitness } from '../witness/scraper.ts'
import type { Values } from './flag.ts'
import { type prometheusFlags, prometheusOf } from './prometheus-flags.ts'
import { type WantedWitness, wantedOf, type witnessFlags } from './witness-flags.ts'

type Given = Values<typeof witnessFlags & typeof prometheusFlags>

/** What all witnesses said of a run. */
export interface Testimonies {
  readonly witnesses: Witness[]
  readonly remarks: readonly string[]
  /** Of those that were scraped. */
  readonly scraped: readonly Finished[]
}

/** Everybody who counts beside the client: pages that are scraped, or a Prometheus that is asked afterwards. */
export class Witnesses {
  readonly #scraped: readonly RunningWitness[]
  readonly #prometheus: PrometheusOptions | undefined

  private constructor(scraped: readonly RunningWitness[], prometheus: PrometheusOptions | undefined) {
    this.#scraped = scraped
    this.#prometheus = prometheus
  }

  /**
   * Opens every witness, before any load is sent.
   * @param say is told of pages that nobody named and that do not answer
   * @throws InputProblem when one that was named does not answer; the others are closed again
   */
  static async open(
    flags: Given,
    env: Environment,
    target: TargetOptions,
    say: (text: string) => void,
  ): Promise<Witnesses> {
    if (flags['no-witness']) return new Witnesses([], undefined)
    const prometheus = prometheusOf(flags, env)
    if (prometheus !== undefined) await checkPrometheus(prometheus)
    const wanted = wantedOf(flags.scrape, prometheus === undefined ? target : undefined)
    return new Witnesses(await startAll(wanted, say), prometheus)
  }

  /** Takes the closing pages. What a Prometheus cannot say is a remark: the run is there all the same. */
  async finish(run: MeasuredRun, signal: AbortSignal): Promise<Testimonies> {
    const { intervals, intervalMs, durationMs } = run
    const text = intervals.findLast(({ pieces }) => pieces > 0)
    const quietMs = Math.max(0, durationMs - (text === undefined ? 0 : text.atMs + intervalMs))
    const scraped = await Promise.all(
      // Somebody who ended the run still gets its ledger: a few seconds, unless they ask again.
      this.#scraped.map((witness) => witness.finish(run.startedAt, quietMs)),
    )
    const asked = await this.#ask(run, signal)
    return {
      witnesses: [...scraped.map(({ witness }) => witness), ...asked.witnesses],
      remarks: [...scraped.flatMap(({ remarks }) => remarks), ...asked.remarks],
      scraped,
    }
  }

  async stop(): Promise<void> {
    await Promise.all(this.#scraped.map((witness) => witness.stop()))
  }

  async #ask({ startedAt, durationMs }: { startedAt: number; durationMs: number }, signal: AbortSignal) {
    if (this.#prometheus === undefined) return { witnesses: [], remarks: [] }
    const span = { fromMs: startedAt, untilMs: startedAt + durationMs }
    return witnessesFromPrometheus(this.#prometheus, span, signal).catch((error: unknown) => {
      const message = error instanceof Error ? error.message : String(error)
      return { witnesses: [], remarks: [`${message}; compare RUN --prometheus URL asks again`] }
    })
  }
}

async function startAll(
  wanted: readonly WantedWitness[],
  say: (text: string) => void,
): Promise<RunningWitness[]> {
  const opened = await Promise.allSettled(wanted.map(({ name, url }) => startWitness({ name, url })))
  const running = opened.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []))
  const failed = opened.flatMap((one, index) => {
    const as = wanted[index]
    return one.status === 'rejected' && as !== undefined ? [{ ...as, reason: one.reason as unknown }] : []
  })
  const named = failed.find(({ guessed }) => !guessed)
  if (named !== undefined) {
    await Promise.all(running.map((witness) => witness.stop()))
    throw named.reason
  }
  for (const { name, url } of failed)
    say(`No ${name} metrics at ${url.href}; --scrape ${name}=URL says where they are.`)
  return running
}
