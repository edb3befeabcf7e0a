import { witnessShortfall } from '@slicechat/run/analysis'
import type { Witness } from '@slicechat/run'
import type { Environment } from '../env.ts'
import type { MeasuredRun } from '../run/run-scenario.ts'
import type { TargetOptions } from '../target/open-target.ts'
import {
  checkPrometheus,
  type FinishedWitness,
  type PrometheusOptions,
  type RunningWitness,
  shownUrl,
  startWitness,
  witnessesFromPrometheus,
  WitnessProblem,
} from '@slicechat/witness'
import type { Values } from './flag.ts'
import { type prometheusFlags, prometheusOf } from './prometheus-flags.ts'
import { type WantedWitness, wantedOf, type witnessFlags } from './witness-flags.ts'

type Given = Values<typeof witnessFlags & typeof prometheusFlags>

/** What all witnesses reported of a run. */
export interface WitnessResults {
  readonly witnesses: Witness[]
  readonly remarks: readonly string[]
  /** Named witnesses that failed to report; empty if the user allowed that. */
  readonly failures: readonly string[]
  /** The witnesses that were scraped. */
  readonly scraped: readonly FinishedWitness[]
}

interface Scraped {
  readonly witness: RunningWitness
  readonly guessed: boolean
}

/** The parties that count besides the client: scraped pages, or a Prometheus that is asked afterwards. */
export class Witnesses {
  readonly #scraped: readonly Scraped[]
  readonly #prometheus: PrometheusOptions | undefined
  readonly #optional: boolean

  private constructor(
    scraped: readonly Scraped[],
    prometheus: PrometheusOptions | undefined,
    optional: boolean,
  ) {
    this.#scraped = scraped
    this.#prometheus = prometheus
    this.#optional = optional
  }

  /**
   * Opens every witness, before any load is sent.
   * @param print prints a message about each page that does not answer and does not have to
   * @throws WitnessProblem if a page that was named and is required does not answer; the others are closed again
   */
  static async open(
    flags: Given,
    env: Environment,
    target: TargetOptions,
    print: (text: string) => void,
  ): Promise<Witnesses> {
    const optional = flags['optional-witnesses']
    if (flags['no-witness']) return new Witnesses([], undefined, optional)
    const prometheus = prometheusOf(flags, env)
    if (prometheus !== undefined)
      await checkPrometheus(prometheus).catch((error: unknown) => {
        if (!optional || !(error instanceof WitnessProblem)) throw error
        print(error.message)
      })
    const wanted = wantedOf(flags.scrape, prometheus === undefined ? target : undefined)
    return new Witnesses(await startAll(wanted, optional, print), prometheus, optional)
  }

  /** Takes the closing pages. A witness that fails does not cost the run its other results. */
  async finish(run: MeasuredRun, signal: AbortSignal): Promise<WitnessResults> {
    const { intervals, intervalMs, durationMs } = run
    const text = intervals.findLast(({ pieces }) => pieces > 0)
    const quietMs = Math.max(0, durationMs - (text === undefined ? 0 : text.atMs + intervalMs))
    const scraped = await Promise.all(
      // A user who ended the run still gets its ledger; that takes a few seconds, unless they press Ctrl-C again.
      this.#scraped.map(async ({ witness, guessed }) => ({
        ...(await witness.finish(run.startedAt, quietMs)),
        guessed,
      })),
    )
    const fromPrometheus = await this.#ask(run, signal)
    const short = (witness: Witness): string[] =>
      [witnessShortfall(witness, { ...run, thresholds: [], witnesses: [] })].filter((why) => why !== null)
    const named = scraped.filter(({ guessed }) => !guessed).flatMap(({ witness }) => short(witness))
    const guessed = scraped.filter((one) => one.guessed).flatMap(({ witness }) => short(witness))
    const failures = [...named, ...fromPrometheus.failures, ...fromPrometheus.witnesses.flatMap(short)]
    return {
      witnesses: [...scraped.map(({ witness }) => witness), ...fromPrometheus.witnesses],
      remarks: [
        ...scraped.flatMap(({ remarks }) => remarks),
        ...guessed,
        ...fromPrometheus.remarks,
        ...(this.#optional ? failures : []),
      ],
      failures: this.#optional ? [] : failures,
      scraped,
    }
  }

  async stop(): Promise<void> {
    await Promise.all(this.#scraped.map(({ witness }) => witness.stop()))
  }

  async #ask({ startedAt, durationMs }: { startedAt: number; durationMs: number }, signal: AbortSignal) {
    if (this.#prometheus === undefined) return { witnesses: [], remarks: [], failures: [] }
    const span = { fromMs: startedAt, untilMs: startedAt + durationMs }
    try {
      const { missing, ...found } = await witnessesFromPrometheus(this.#prometheus, span, signal)
      return { ...found, failures: missing }
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error)
      return { witnesses: [], remarks: [], failures: [`${message}; compare RUN --prometheus URL asks again`] }
    }
  }
}

async function startAll(
  wanted: readonly WantedWitness[],
  optional: boolean,
  print: (text: string) => void,
): Promise<Scraped[]> {
  const opened = await Promise.allSettled(wanted.map(({ name, url }) => startWitness({ name, url })))
  const running = opened.flatMap((one, index) =>
    one.status === 'fulfilled' ? [{ witness: one.value, guessed: wanted[index]?.guessed ?? false }] : [],
  )
  const failed = opened.flatMap((one, index) => {
    const as = wanted[index]
    return one.status === 'rejected' && as !== undefined ? [{ ...as, reason: one.reason as unknown }] : []
  })
  const named = failed.find(({ guessed }) => !guessed)
  if (named !== undefined && !(optional && named.reason instanceof WitnessProblem)) {
    await Promise.all(running.map(({ witness }) => witness.stop()))
    throw named.reason
  }
  for (const { guessed, reason } of failed) if (!guessed) print((reason as WitnessProblem).message)
  for (const { name, url } of failed.filter(({ guessed }) => guessed))
    print(`No ${name} metrics at ${shownUrl(url)}; --scrape ${name}=URL says where they are.`)
  return running
}
