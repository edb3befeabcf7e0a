/** One metric that is read of a model server or of a GPU's exporter. */
interface ReadMetric {
  readonly type: 'counter' | 'gauge' | 'histogram'
  readonly meaning: string
  /** Names in older builds. If a page has several, the current name counts. */
  readonly older?: readonly string[]
  /**
   * Gauges only: how the values of several engines, pods or cards become one. A `count` adds up: requests, bytes, watts. A
   * `share` is of something that each has for itself, as are a temperature, a clock and a delay. Of shares the highest stands
   * for all: two caches that are half full are not one full cache.
   */
  readonly combined?: GaugeKind
}

/** How several values of a gauge become one; see `ReadMetric.combined`. */
export type GaugeKind = 'count' | 'share'

/** The metrics of vLLM that the report reads (vLLM 0.32), by their names. */
export const VLLM_METRICS = {
  'vllm:prompt_tokens_total': { type: 'counter', meaning: 'tokens of prompts, cached ones included' },
  'vllm:prompt_tokens_cached_total': { type: 'counter', meaning: 'of these, tokens that a cache had' },
  'vllm:prompt_tokens_by_source_total': {
    type: 'counter',
    meaning: 'tokens of prompts by where they came from',
  },
  'vllm:generation_tokens_total': { type: 'counter', meaning: 'tokens that were produced' },
  'vllm:prefix_cache_queries_total': {
    type: 'counter',
    meaning: 'tokens that were looked up in the prefix cache',
    older: ['vllm:gpu_prefix_cache_queries_total'],
  },
  'vllm:prefix_cache_hits_total': {
    type: 'counter',
    meaning: 'tokens that it had',
    older: ['vllm:gpu_prefix_cache_hits_total'],
  },
  'vllm:num_preemptions_total': {
    type: 'counter',
    meaning: 'requests that were set aside for want of KV cache',
  },
  'vllm:request_success_total': {
    type: 'counter',
    meaning: 'requests that ended, by finish reason; aborted ones are not counted',
  },
  'vllm:admission_rejections_total': {
    type: 'counter',
    meaning: 'requests that were refused because of the backlog',
  },
  'vllm:num_requests_running': { type: 'gauge', combined: 'count', meaning: 'requests in the batch' },
  'vllm:num_requests_waiting': { type: 'gauge', combined: 'count', meaning: 'requests in the queue' },
  'vllm:num_requests_waiting_by_reason': {
    type: 'gauge',
    combined: 'count',
    meaning: 'requests in the queue, by reason',
  },
  'vllm:kv_cache_usage_perc': {
    type: 'gauge',
    combined: 'share',
    meaning: 'share of the KV cache that is in use, from 0 to 1',
    older: ['vllm:gpu_cache_usage_perc'],
  },
  'vllm:time_to_first_token_seconds': {
    type: 'histogram',
    meaning: 'from arrival at the engine to the first token',
  },
  'vllm:inter_token_latency_seconds': {
    type: 'histogram',
    meaning: 'from token to token',
    older: ['vllm:time_per_output_token_seconds'],
  },
  'vllm:request_time_per_output_token_seconds': {
    type: 'histogram',
    meaning: 'mean time between tokens, once a request',
  },
  'vllm:e2e_request_latency_seconds': {
    type: 'histogram',
    meaning: 'from arrival at the engine to the last token',
  },
  'vllm:request_queue_time_seconds': { type: 'histogram', meaning: 'wait in the queue of the engine' },
  'vllm:request_inference_time_seconds': { type: 'histogram', meaning: 'time in the batch' },
  'vllm:request_prefill_time_seconds': {
    type: 'histogram',
    meaning: 'from being scheduled to the first token',
  },
  'vllm:request_decode_time_seconds': { type: 'histogram', meaning: 'from the first token to the last' },
  'vllm:request_prompt_tokens': { type: 'histogram', meaning: 'size of a prompt, of requests that ended' },
  'vllm:request_generation_tokens': {
    type: 'histogram',
    meaning: 'size of an answer, of requests that ended',
  },
  'vllm:iteration_tokens_total': { type: 'histogram', meaning: 'tokens of an engine step' },
} as const satisfies Record<`vllm:${string}`, ReadMetric>
/** The name of a metric of vLLM that the report reads. */
export type VllmMetricName = keyof typeof VLLM_METRICS

/** The fields of DCGM's exporter that the report reads, by their names. */
export const DCGM_METRICS = {
  DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION: {
    type: 'counter',
    meaning: 'energy of the whole card, in millijoules',
    older: ['dcgm_total_energy_consumption'],
  },
  DCGM_FI_PROF_GR_ENGINE_ACTIVE: {
    type: 'gauge',
    combined: 'share',
    meaning: 'share of the time in which the slice computed, from 0 to 1',
    older: ['dcgm_fi_prof_gr_engine_active'],
  },
  DCGM_FI_PROF_PIPE_TENSOR_ACTIVE: {
    type: 'gauge',
    combined: 'share',
    meaning: 'share of the cycles in which tensor cores worked',
    older: ['dcgm_fi_prof_pipe_tensor_active'],
  },
  DCGM_FI_PROF_DRAM_ACTIVE: {
    type: 'gauge',
    combined: 'share',
    meaning: 'share of the cycles in which memory was read or written',
    older: ['dcgm_fi_prof_dram_active'],
  },
  DCGM_FI_DEV_GPU_UTIL: {
    type: 'gauge',
    combined: 'share',
    meaning: 'share of the time in which any kernel ran, in percent; of whole cards only',
    older: ['dcgm_gpu_utilization'],
  },
  DCGM_FI_DEV_FB_USED: {
    type: 'gauge',
    combined: 'count',
    meaning: 'memory in use, in MiB',
    older: ['dcgm_fb_used'],
  },
  DCGM_FI_DEV_FB_FREE: {
    type: 'gauge',
    combined: 'count',
    meaning: 'free memory, in MiB',
    older: ['dcgm_fb_free'],
  },
  DCGM_FI_DEV_FB_RESERVED: {
    type: 'gauge',
    combined: 'count',
    meaning: 'memory that the driver reserves, in MiB',
  },
  DCGM_FI_DEV_POWER_USAGE: {
    type: 'gauge',
    combined: 'count',
    meaning: 'power of the whole card, in watts',
    older: ['dcgm_power_usage'],
  },
  DCGM_FI_DEV_SM_CLOCK: {
    type: 'gauge',
    combined: 'share',
    meaning: 'clock, in MHz',
    older: ['dcgm_sm_clock'],
  },
  DCGM_FI_DEV_GPU_TEMP: {
    type: 'gauge',
    combined: 'share',
    meaning: 'temperature, in °C',
    older: ['dcgm_gpu_temp'],
  },
} as const satisfies Record<string, ReadMetric>
/** The name of a field of DCGM that the report reads. */
export type DcgmMetricName = keyof typeof DCGM_METRICS

type Table = Readonly<Record<string, ReadMetric>>

/** The names of one type in a table: `MetricNameOf<typeof VLLM_METRICS, 'counter'>`. */
export type MetricNameOf<T extends Table, Type extends ReadMetric['type']> = {
  [Name in keyof T & string]: T[Name]['type'] extends Type ? Name : never
}[keyof T & string]

/** The names of one type in a table. */
export const metricNames = (table: Table, type: ReadMetric['type']): string[] =>
  Object.entries(table).flatMap(([name, metric]) => (metric.type === type ? [name] : []))

/** Names in older builds → today's. */
export const olderNames = (table: Table): Record<string, string> =>
  Object.fromEntries(
    Object.entries(table).flatMap(([name, { older = [] }]) => older.map((each) => [each, name])),
  )

/** How the gauges of a table are combined, by name. */
export const gaugeKinds = (table: Table): Record<string, GaugeKind> =>
  Object.fromEntries(
    Object.entries(table).flatMap(([name, { combined }]) =>
      combined === undefined ? [] : [[name, combined]],
    ),
  )
