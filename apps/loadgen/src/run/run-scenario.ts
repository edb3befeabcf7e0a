import { randomUUID } from 'node:crypto'
import { availableParallelism, cpus } from 'node:os'
import { type Run, RUN_SCHEMA } from '@slicechat/run'
import { mergeIntervals, mergeSelves, mergeTallies } from '@slicechat/run/merge'
import { sloOf } from '../scenario/slo.ts'
import { openTarget, targetAddress } from '../target/open-target.ts'
import packageJson from '../../package.json' with { type: 'json' }
import {
  type AbortRule,
  latenciesOf,
  type MissedThreshold,
  type SteadySoFar,
  ThresholdWatch,
} from './abort-rule.ts'
import type { PreparedRun } from './prepared-run.ts'
import type { Progress } from './progress.ts'
import type { RequestRecord } from './request-record.ts'
import { processMs } from './run-clock.ts'
import { runShard, type ShardResult, steadyPartOf } from './shard.ts'
import { type Share, planShare } from './share.ts'
import { runWorkers } from './workers.ts'

/** How a prepared run is carried out. */
export interface RunOptions {
  /** Number of threads; 1 (the default) runs in this one. */
  readonly workers?: number
  /** This process's part, if several share a run. */
  readonly shard?: Share
  /**
   * Wall clock time of the run's zero, in milliseconds since 1970, for several processes to agree on. Default: soon.
   */
  readonly startAt?: number
  /** Ends the run early when a threshold is missed, and tells which. */
  readonly abort?: AbortRule & { readonly onMissed: (missed: MissedThreshold) => void }
  /** Ends the run early; what was measured by then is a valid run. */
  readonly signal?: AbortSignal
  /** Called about once a second. */
  readonly onProgress?: (progress: Progress) => void
  /** Called for each request as it ends; with workers a little later. */
  readonly onRequest?: (record: RequestRecord) => void
}

/** A run without what comes from elsewhere: the servers' metrics, and whether thresholds were met. */
export type MeasuredRun = Omit<Run, 'witnesses' | 'thresholds'>

/** Time between the last preparation and the first request. */
const LEAD_MS = 200

/** Sends the load of a prepared run and returns what was measured. */
export async function runScenario(prepared: PreparedRun, options: RunOptions = {}): Promise<MeasuredRun> {
  const { scenario, seed, plan, target } = prepared
  const { workers = 1, shard = { index: 0, count: 1 }, abort } = options
  const cpuAtStart = process.cpuUsage()
  const aborting = new AbortController()
  const signal = AbortSignal.any([aborting.signal, ...(options.signal === undefined ? [] : [options.signal])])
  let missed: MissedThreshold | undefined
  const watch = abort && new ThresholdWatch(abort, steadyPartOf(scenario, plan), workers)
  const watched = abort && latenciesOf(abort.thresholds)
  const onSteady = (thread: number, soFar: SteadySoFar): void => {
    if (signal.aborted) return
    missed = watch?.add(thread, soFar)
    if (missed === undefined) return
    aborting.abort()
    abort?.onMissed(missed)
  }

  let zero = 0
  /** Called as late as possible, since workers take a moment to be ready. */
  const setZero = (): number => {
    const soon = options.startAt === undefined ? LEAD_MS : options.startAt - Date.now()
    return (zero = processMs() + soon)
  }
  const results = await (workers === 1
    ? alone()
    : runWorkers(prepared, { ...options, signal, workers, shard, setZero, watched, onSteady }))
  const startedAt = options.startAt ?? Date.now() - (processMs() - zero)
  const [first] = results
  if (first === undefined) throw new Error('no worker gave a result')

  async function alone(): Promise<ShardResult[]> {
    const opened = openTarget(target)
    try {
      const { onProgress, onRequest } = options
      return [
        await runShard({
          scenario,
          plan: planShare(plan, shard),
          target: opened,
          zero: setZero(),
          signal,
          onProgress,
          onRequest,
          watched,
          onSteady: (soFar) => onSteady(0, soFar),
        }),
      ]
    } finally {
      await opened.close()
    }
  }

  const durationMs = Math.max(...results.map((result) => result.durationMs))
  const { user, system } = process.cpuUsage(cpuAtStart)
  const cpuSeconds = (user + system) / 1e6
  const transports = results.map(({ transport }) => transport).filter((transport) => transport !== undefined)
  const { kind, url } = targetAddress(target.url)
  return {
    schema: RUN_SCHEMA,
    id: randomUUID(),
    name: scenario.name,
    startedAt,
    durationMs,
    steady: first.steady,
    cutShort:
      missed === undefined
        ? (results.find(({ cutShort }) => cutShort !== null)?.cutShort ?? null)
        : missedText(missed),
    seed,
    scenario: { ...scenario },
    generator: {
      version: packageJson.version,
      node: process.version,
      cpu: cpus()[0]?.model ?? 'unknown',
      cores: availableParallelism(),
      workers,
      shards: 1,
    },
    target: {
      kind,
      ...(kind === 'openai' && target.throughApi ? { throughApi: true } : {}),
      url,
      model: target.model,
      transport: transports[0] ?? (kind === 'openai' ? 'http' : (target.transport ?? 'websocket')),
      sockets: target.sockets ?? 'per-user',
      simulated: target.simulated,
    },
    slo: sloOf(scenario),
    whole: mergeTallies(results.map(({ whole }) => whole)),
    steadyTally: mergeTallies(results.map(({ steadyTally }) => steadyTally)),
    intervalMs: first.intervalMs,
    intervals: mergeIntervals(results.map(({ intervals }) => intervals)),
    self: {
      ...mergeSelves(results.map(({ self }) => self)),
      // CPU and memory are those of the process: threads share its memory, and collectors and compilers work
      // beside them.
      cpuSeconds,
      cores: (cpuSeconds * 1000) / durationMs,
      peakRssBytes: Math.max(...results.map(({ self }) => self.peakRssBytes)),
    },
  }
}

/** Why a run ended before its plan did. */
const missedText = ({ expression }: MissedThreshold): string =>
  `The run was aborted: ${expression} was missed.`
