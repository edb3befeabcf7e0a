import type { Run } from '../schema/run.ts'
import type { Combined } from '../server-metrics/combined.ts'
import { ServerMetrics } from '../server-metrics/server-metrics.ts'

/** The load of all engines together over the run's time; `null` if no witness reports it. */
export interface EngineLoad {
  /** Requests that were being computed, added up over engines and pods. */
  readonly running: Combined | null
  /** Requests that waited in the engines' queues, added up. */
  readonly waiting: Combined | null
  /** How full the fullest KV cache was, 0 to 1, and whose it is. */
  readonly kvCache: Combined | null
}

/** Combines the gauges of all engines that the witnesses of a run saw. */
export function engineLoadOf(run: Pick<Run, 'witnesses' | 'target'>): EngineLoad {
  const engine = new ServerMetrics(run, 'vllm')
  return {
    running: engine.gauge('vllm:num_requests_running'),
    waiting: engine.gauge('vllm:num_requests_waiting'),
    kvCache: engine.gauge('vllm:kv_cache_usage_perc'),
  }
}
