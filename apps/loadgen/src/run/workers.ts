import { Worker } from 'node:worker_threads'
import type { Latencies } from '@slicechat/run'
import { mergeIntervals } from '@slicechat/run/merge'
import type { SteadySoFar } from './abort-rule.ts'
import type { PreparedRun } from './prepared-run.ts'
import type { Progress } from './progress.ts'
import type { RequestRecord } from './request-record.ts'
import type { ShardResult } from './shard.ts'
import { type Share, subShare } from './share.ts'
import type { WorkerCommand, WorkerMessage, WorkerTask } from './worker-messages.ts'

export interface WorkersOptions {
  readonly workers: number
  readonly shard: Share
  /** Called once all are ready; decides on the run's zero. */
  readonly setZero: () => number
  readonly signal?: AbortSignal
  readonly onProgress?: (progress: Progress) => void
  readonly onRequest?: (record: RequestRecord) => void
  readonly watched?: readonly (keyof Latencies)[] | undefined
  readonly onSteady?: (worker: number, soFar: SteadySoFar) => void
}

/**
 * Runs a plan in threads, each with its share of the arrivals or users.
 * @throws the error of a thread that failed
 */
export async function runWorkers(
  { scenario, directory, seed, target }: PreparedRun,
  options: WorkersOptions,
): Promise<ShardResult[]> {
  const { workers: count, shard, signal, onRequest } = options
  const gatherer = new ProgressGatherer(count, options.onProgress)
  const threads = Array.from({ length: count }, (_, index) => {
    const workerData: WorkerTask = {
      scenario,
      directory,
      seed,
      target,
      share: subShare(shard, { index, count }),
      records: onRequest !== undefined,
      watched: options.watched,
    }
    return new Worker(new URL('./worker-thread.ts', import.meta.url), { workerData })
  })
  const send = (message: WorkerCommand): void => {
    for (const thread of threads) thread.postMessage(message)
  }
  const stop = (): void => send({ type: 'stop' })
  signal?.addEventListener('abort', stop, { once: true })
  let ready = 0
  try {
    return await Promise.all(
      threads.map(
        (thread, index) =>
          new Promise<ShardResult>((resolve, reject) => {
            thread.on('error', reject)
            thread.on('exit', (code) => reject(new Error(`A worker ended early, with code ${code}.`)))
            thread.on('message', (message: WorkerMessage) => {
              if (message.type === 'ready') {
                if (++ready < count) return
                send({ type: 'go', zero: options.setZero() })
                if (signal?.aborted) stop()
              } else if (message.type === 'progress') gatherer.add(message.progress)
              else if (message.type === 'steady') options.onSteady?.(index, message.soFar)
              else if (message.type === 'records') for (const record of message.records) onRequest?.(record)
              else resolve(message.result)
            })
          }),
      ),
    )
  } finally {
    signal?.removeEventListener('abort', stop)
    await Promise.all(threads.map((thread) => thread.terminate()))
  }
}

/** Merges the workers' progress of each interval into one, when the last of them has reported it. */
class ProgressGatherer {
  readonly #count: number
  readonly #onProgress: ((progress: Progress) => void) | undefined
  readonly #reports = new Map<number, Progress[]>()

  constructor(count: number, onProgress: ((progress: Progress) => void) | undefined) {
    this.#count = count
    this.#onProgress = onProgress
  }

  add(progress: Progress): void {
    const { atMs } = progress.interval
    const reports = [...(this.#reports.get(atMs) ?? []), progress]
    this.#reports.set(atMs, reports)
    if (reports.length < this.#count) return
    this.#reports.delete(atMs)
    const [interval] = mergeIntervals(reports.map((one) => [one.interval]))
    if (interval === undefined) return
    const counts = { ...progress.counts }
    for (const key of Object.keys(counts) as (keyof typeof counts)[])
      counts[key] = reports.reduce((sum, one) => sum + one.counts[key], 0)
    this.#onProgress?.({ elapsedMs: progress.elapsedMs, durationMs: progress.durationMs, counts, interval })
  }
}
