import { type MetricNameOf, oneTwoFiveUpTo, VLLM_EDGES, type VLLM_METRICS } from '@slicechat/metrics/reading'
import type { Distribution, Labels, Registry, Value } from './registry.ts'

const STEP_EDGES = [1, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096, 8192, 16_384]

/** The metrics of the page: those that the report reads, and those that only vLLM's page has. */
type Gauge = MetricNameOf<typeof VLLM_METRICS, 'gauge'> | 'vllm:engine_sleep_state' | 'vllm:cache_config_info'
type Counter =
  | MetricNameOf<typeof VLLM_METRICS, 'counter'>
  | `vllm:estimated_${'flops' | 'read_bytes' | 'write_bytes'}_per_gpu_total`
  | `vllm:${'external_prefix' | 'mm'}_cache_${'queries' | 'hits'}_total`
  | 'vllm:prompt_tokens_cached_by_source_total'
type Histogram =
  | MetricNameOf<typeof VLLM_METRICS, 'histogram'>
  | 'vllm:request_max_num_generation_tokens'
  | 'vllm:request_num_preemptions'
  | 'vllm:request_params_max_tokens'
  | 'vllm:request_params_n'
  | 'vllm:request_prefill_kv_computed_tokens'

/** Values of vLLM's label `finished_reason`. Aborted requests are never counted. */
export type FinishedReason = 'stop' | 'length' | 'abort' | 'error' | 'repetition'
export type RejectionReason = 'max_num_queued_reqs' | 'max_num_queued_tokens'

/** The engine's metrics, with the names, order, help texts, labels and buckets of vLLM 0.32. */
export class VllmMetrics {
  declare private readonly brand: never
  readonly flops: Value
  readonly readBytes: Value
  readonly writtenBytes: Value
  readonly running: Value
  readonly waiting: Value
  readonly waitingForCapacity: Value
  readonly cacheUsage: Value
  readonly prefixQueries: Value
  readonly promptTokens: Value
  readonly prefixHits: Value
  readonly preemptions: Value
  readonly computedPromptTokens: Value
  readonly localHitPromptTokens: Value
  readonly cachedPromptTokens: Value
  readonly deviceHits: Value
  readonly generationTokens: Value
  readonly requestPromptTokens: Distribution
  readonly requestGenerationTokens: Distribution
  readonly iterationTokens: Distribution
  readonly requestMaxGenerationTokens: Distribution
  readonly requestN: Distribution
  readonly requestMaxTokens: Distribution
  readonly timeToFirstToken: Distribution
  readonly interToken: Distribution
  readonly timePerOutputToken: Distribution
  readonly endToEnd: Distribution
  readonly queueTime: Distribution
  readonly inferenceTime: Distribution
  readonly prefillTime: Distribution
  readonly decodeTime: Distribution
  readonly preemptionsPerRequest: Distribution
  readonly prefillComputed: Distribution
  readonly success: Record<FinishedReason, Value>
  readonly rejections: Record<RejectionReason, Value>

  constructor(registry: Registry, options: { model: string; maxModelLen: number; cacheConfig: Labels }) {
    const own = { engine: '0', model_name: options.model }
    const gauges = (name: Gauge, help: string) => registry.gauge(name, help)
    const counters = (name: Counter, help: string) => registry.counter(name, help)
    const gauge = (name: Gauge, help: string) => gauges(name, help)(own)
    const counter = (name: Counter, help: string) => counters(name, help)(own)
    const histogram = (name: Histogram, help: string, edges: readonly number[]) =>
      registry.histogram(name, help, edges)(own)
    const sizes = oneTwoFiveUpTo(options.maxModelLen)

    const mfu = '(for Model Flops Utilization calculations).'
    this.flops = counter(
      'vllm:estimated_flops_per_gpu_total',
      `Estimated number of floating point operations per GPU ${mfu}`,
    )
    this.readBytes = counter(
      'vllm:estimated_read_bytes_per_gpu_total',
      `Estimated number of bytes read from memory per GPU ${mfu}`,
    )
    this.writtenBytes = counter(
      'vllm:estimated_write_bytes_per_gpu_total',
      `Estimated number of bytes written to memory per GPU ${mfu}`,
    )
    this.running = gauge('vllm:num_requests_running', 'Number of requests in model execution batches.')
    this.waiting = gauge('vllm:num_requests_waiting', 'Number of requests waiting to be processed.')
    const waitingByReason = gauges(
      'vllm:num_requests_waiting_by_reason',
      "Number of waiting requests by reason. Reason labels: 'capacity' = waiting for scheduling capacity; 'deferred' = deferred by transient constraints (LoRA budget, KV transfer, blocked status). Sum of all reasons equals vllm:num_requests_waiting.",
    )
    this.waitingForCapacity = waitingByReason({ ...own, reason: 'capacity' })
    waitingByReason({ ...own, reason: 'deferred' })
    const sleep = gauges(
      'vllm:engine_sleep_state',
      'Engine sleep state; awake = 0 means engine is sleeping; awake = 1 means engine is awake; weights_offloaded = 1 means sleep level 1; discard_all = 1 means sleep level 2.',
    )
    sleep({ ...own, sleep_state: 'awake' }).value = 1
    sleep({ ...own, sleep_state: 'weights_offloaded' })
    sleep({ ...own, sleep_state: 'discard_all' })
    this.cacheUsage = gauge('vllm:kv_cache_usage_perc', 'KV-cache usage. 1 means 100 percent usage.')
    const tokens = 'in terms of number of'
    this.prefixQueries = counter(
      'vllm:prefix_cache_queries_total',
      `Prefix cache queries, ${tokens} queried tokens.`,
    )
    this.prefixHits = counter('vllm:prefix_cache_hits_total', `Prefix cache hits, ${tokens} cached tokens.`)
    const external = 'from KV connector cross-instance cache sharing'
    counter(
      'vllm:external_prefix_cache_queries_total',
      `External prefix cache queries ${external}, ${tokens} queried tokens.`,
    )
    counter(
      'vllm:external_prefix_cache_hits_total',
      `External prefix cache hits ${external}, ${tokens} cached tokens.`,
    )
    counter('vllm:mm_cache_queries_total', `Multi-modal cache queries, ${tokens} queried items.`)
    counter('vllm:mm_cache_hits_total', `Multi-modal cache hits, ${tokens} cached items.`)
    this.preemptions = counter(
      'vllm:num_preemptions_total',
      'Cumulative number of preemption from the engine.',
    )
    this.promptTokens = counter('vllm:prompt_tokens_total', 'Number of prefill tokens processed.')
    const bySource = counters('vllm:prompt_tokens_by_source_total', 'Number of prompt tokens by source.')
    this.computedPromptTokens = bySource({ ...own, source: 'local_compute' })
    this.localHitPromptTokens = bySource({ ...own, source: 'local_cache_hit' })
    bySource({ ...own, source: 'external_kv_transfer' })
    this.cachedPromptTokens = counter(
      'vllm:prompt_tokens_cached_total',
      'Number of cached prompt tokens (local + external).',
    )
    const cachedBySource = counters(
      'vllm:prompt_tokens_cached_by_source_total',
      'Prefix-cache hit tokens by the cache tier that supplied them: device (local HBM), host (offloaded to DRAM), disk, p2p (transferred from another vLLM instance) or external_unspecified. Counted at admission; sums to vllm:prefix_cache_hits + vllm:external_prefix_cache_hits.',
    )
    this.deviceHits = cachedBySource({ ...own, source: 'device' })
    for (const source of ['host', 'p2p', 'disk', 'external_unspecified']) cachedBySource({ ...own, source })
    this.generationTokens = counter('vllm:generation_tokens_total', 'Number of generation tokens processed.')
    const success = counters('vllm:request_success_total', 'Count of successfully processed requests.')
    const finished = (finished_reason: FinishedReason) => success({ ...own, finished_reason })
    this.success = {
      stop: finished('stop'),
      length: finished('length'),
      abort: finished('abort'),
      error: finished('error'),
      repetition: finished('repetition'),
    }
    const rejections = counters(
      'vllm:admission_rejections_total',
      'Number of admission attempts rejected by a queue limit, by reason.',
    )
    const rejected = (reason: RejectionReason) => rejections({ model_name: options.model, reason })
    this.rejections = {
      max_num_queued_reqs: rejected('max_num_queued_reqs'),
      max_num_queued_tokens: rejected('max_num_queued_tokens'),
    }
    this.requestPromptTokens = histogram(
      'vllm:request_prompt_tokens',
      'Number of prefill tokens processed.',
      sizes,
    )
    this.requestGenerationTokens = histogram(
      'vllm:request_generation_tokens',
      'Number of generation tokens processed.',
      sizes,
    )
    this.iterationTokens = histogram(
      'vllm:iteration_tokens_total',
      'Histogram of number of tokens per engine_step.',
      STEP_EDGES,
    )
    this.requestMaxGenerationTokens = histogram(
      'vllm:request_max_num_generation_tokens',
      'Histogram of maximum number of requested generation tokens.',
      sizes,
    )
    this.requestN = histogram(
      'vllm:request_params_n',
      'Histogram of the n request parameter.',
      [1, 2, 5, 10, 20],
    )
    this.requestMaxTokens = histogram(
      'vllm:request_params_max_tokens',
      'Histogram of the max_tokens request parameter.',
      sizes,
    )
    this.timeToFirstToken = histogram(
      'vllm:time_to_first_token_seconds',
      'Histogram of time to first token in seconds.',
      VLLM_EDGES['vllm:time_to_first_token_seconds'],
    )
    this.interToken = histogram(
      'vllm:inter_token_latency_seconds',
      'Histogram of inter-token latency in seconds.',
      VLLM_EDGES['vllm:request_time_per_output_token_seconds'],
    )
    this.timePerOutputToken = histogram(
      'vllm:request_time_per_output_token_seconds',
      'Histogram of time_per_output_token_seconds per request.',
      VLLM_EDGES['vllm:request_time_per_output_token_seconds'],
    )
    const seconds = (name: Histogram, help: string) =>
      histogram(name, help, VLLM_EDGES['vllm:e2e_request_latency_seconds'])
    this.endToEnd = seconds(
      'vllm:e2e_request_latency_seconds',
      'Histogram of e2e request latency in seconds.',
    )
    const phase = (name: Histogram, of: string) =>
      seconds(name, `Histogram of time spent in ${of} phase for request.`)
    this.queueTime = phase('vllm:request_queue_time_seconds', 'WAITING')
    this.inferenceTime = phase('vllm:request_inference_time_seconds', 'RUNNING')
    this.prefillTime = phase('vllm:request_prefill_time_seconds', 'PREFILL')
    this.decodeTime = phase('vllm:request_decode_time_seconds', 'DECODE')
    this.preemptionsPerRequest = histogram(
      'vllm:request_num_preemptions',
      'Histogram of the number of times a request was preempted.',
      [1, 2, 3, 4, 5, 10, 20],
    )
    this.prefillComputed = histogram(
      'vllm:request_prefill_kv_computed_tokens',
      'Histogram of new KV tokens computed during prefill (excluding cached tokens).',
      sizes,
    )
    const info = 'Information of the LLMEngine CacheConfig'
    gauges('vllm:cache_config_info', info)({ ...options.cacheConfig, engine: '0' }).value = 1
  }
}
