import type { VllmMetricName } from './engine-metrics.ts'

/**
 * Upper bucket edges. Each list is a union of two: the edges that vLLM 0.32 uses for the matching metric, so
 * that client, app and engine can be compared edge by edge, and the finer edges that a chat dashboard needs.
 * All are inclusive upper bounds (`le`), finite, ascending, in seconds or tokens; `+Inf` is implied.
 */

/** vLLM's edges, by metric family (vLLM 0.32; a test checks them against a recorded page). */
export const VLLM_EDGES = {
  'vllm:time_to_first_token_seconds': [
    0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10, 20, 40, 80, 160,
    640, 2560,
  ],
  'vllm:request_time_per_output_token_seconds': [
    0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.75, 1, 2.5, 5, 7.5, 10, 20, 40, 80,
  ],
  'vllm:e2e_request_latency_seconds': [
    0.3, 0.5, 0.8, 1, 1.5, 2, 2.5, 5, 10, 15, 20, 30, 40, 50, 60, 120, 240, 480, 960, 1920, 7680,
  ],
  'vllm:request_queue_time_seconds': [
    0.3, 0.5, 0.8, 1, 1.5, 2, 2.5, 5, 10, 15, 20, 30, 40, 50, 60, 120, 240, 480, 960, 1920, 7680,
  ],
} as const satisfies Partial<Record<VllmMetricName, readonly number[]>>

/** Every edge of all the lists, once, ascending. */
export function unionOfEdges(...lists: readonly (readonly number[])[]): readonly number[] {
  return Object.freeze([...new Set(lists.flat())].sort((a, b) => a - b))
}

/** Time to first token, in seconds. */
export const FIRST_TOKEN_EDGES = unionOfEdges(
  VLLM_EDGES['vllm:time_to_first_token_seconds'],
  [0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.8, 1, 1.5, 2, 3, 5, 8, 10, 15, 30, 60, 120],
)

/** Mean time between tokens of one answer, in seconds. */
export const INTER_TOKEN_EDGES = unionOfEdges(
  VLLM_EDGES['vllm:request_time_per_output_token_seconds'],
  [0.0025, 0.005, 0.0075, 0.01, 0.015, 0.02, 0.03, 0.04, 0.06, 0.08, 0.12, 0.25],
)

/** A whole answer, in seconds. */
export const E2E_EDGES = unionOfEdges(
  VLLM_EDGES['vllm:e2e_request_latency_seconds'],
  [0.1, 0.2, 0.5, 1, 2, 3, 5, 8, 10, 15, 30, 60, 90, 120, 180, 300, 600],
)

/** A wait in a queue, in seconds. vLLM's first edge is 300 ms, too coarse for a chat, where shorter waits matter. */
export const QUEUE_EDGES = unionOfEdges(
  VLLM_EDGES['vllm:request_queue_time_seconds'],
  [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.2, 0.25, 3],
)

/** The 1-2-5 series up to `max` (inclusive), as vLLM lays out sizes up to its `max_model_len`. */
export function oneTwoFiveUpTo(max: number): readonly number[] {
  const edges: number[] = []
  for (let power = 1; power <= max; power *= 10) {
    for (const step of [1, 2, 5]) if (step * power <= max) edges.push(step * power)
  }
  return Object.freeze(edges)
}

/** Size of a prompt or an answer, in tokens. The edges reach past any context at which vLLM's own could end. */
export const TOKEN_EDGES = oneTwoFiveUpTo(1_000_000)
