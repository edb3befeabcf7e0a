import { BLOCK_TOKENS } from '../presets/memory.ts'
import type { VllmMetrics } from './vllm-metrics.ts'

/**
 * The metrics of one request in its response, with `--enable-per-request-metrics`; in milliseconds. As in vLLM, the time
 * to first token counts from the moment that the engine took the request; the wait before is `queue_time_ms`.
 */
export interface RequestTimings {
  readonly time_to_first_token_ms: number
  readonly generation_time_ms: number
  readonly queue_time_ms: number
  readonly mean_itl_ms: number | null
  readonly tokens_per_second: number | null
}

/** Details of a prompt in the `usage`, with `--enable-prompt-tokens-details`. */
export interface PromptTokensDetails {
  readonly cached_tokens: number
  readonly created_cache_tokens: number
}

/**
 * Records one request in the metrics. Tokens and the time to first token are counted as they come. Metrics of whole
 * requests are observed only when the request finishes, so that an aborted request does not count there, as in vLLM.
 */
export class RequestRecord {
  readonly #metrics: VllmMetrics
  readonly #promptTokens: number
  readonly #maxTokens: number
  readonly #prefixCaching: boolean
  /** Arrival of the request, on the engine's clock. */
  readonly arrivalMs: number
  #scheduledMs = 0
  #firstMs = 0
  #lastMs = 0
  #tokens = 0
  #cachedTokens = 0
  #preemptions = 0

  constructor(
    metrics: VllmMetrics,
    request: {
      readonly promptTokens: number
      readonly maxTokens: number
      readonly arrivalMs: number
      /** Whether prefix caching is on. */
      readonly prefixCaching: boolean
    },
  ) {
    this.#metrics = metrics
    this.#promptTokens = request.promptTokens
    this.#maxTokens = request.maxTokens
    this.#prefixCaching = request.prefixCaching
    this.arrivalMs = request.arrivalMs
  }

  get tokens(): number {
    return this.#tokens
  }

  scheduled(atMs: number, cachedTokens: number): void {
    this.#scheduledMs = atMs
    this.#cachedTokens = cachedTokens
    if (!this.#prefixCaching) return
    this.#metrics.prefixQueries.add(this.#promptTokens)
    this.#metrics.prefixHits.add(cachedTokens)
    this.#metrics.deviceHits.add(cachedTokens)
  }

  preempted(): void {
    this.#preemptions++
    this.#metrics.preemptions.add(1)
  }

  produced(count: number, atMs: number): void {
    const metrics = this.#metrics
    metrics.generationTokens.add(count)
    // vLLM observes one gap for every token after the first. Tokens that are emitted together share the gap equally.
    if (this.#tokens > 0) metrics.interToken.observe((atMs - this.#lastMs) / 1000 / count, count)
    else {
      this.#firstMs = atMs
      metrics.promptTokens.add(this.#promptTokens)
      metrics.computedPromptTokens.add(this.#promptTokens - this.#cachedTokens)
      metrics.cachedPromptTokens.add(this.#cachedTokens)
      metrics.localHitPromptTokens.add(this.#cachedTokens)
      metrics.timeToFirstToken.observe((atMs - this.arrivalMs) / 1000)
      if (count > 1) metrics.interToken.observe(0, count - 1)
    }
    this.#lastMs = atMs
    this.#tokens += count
  }

  finished(reason: 'stop' | 'length', atMs: number): void {
    const metrics = this.#metrics
    const seconds = (from: number, to: number) => Math.max(0, to - from) / 1000
    metrics.success[reason].add(1)
    metrics.requestPromptTokens.observe(this.#promptTokens)
    metrics.requestGenerationTokens.observe(this.#tokens)
    metrics.requestMaxGenerationTokens.observe(this.#tokens)
    metrics.requestN.observe(1)
    metrics.requestMaxTokens.observe(this.#maxTokens)
    if (this.#tokens > 1)
      metrics.timePerOutputToken.observe(seconds(this.#firstMs, this.#lastMs) / (this.#tokens - 1))
    else metrics.timePerOutputToken.observe(0)
    metrics.endToEnd.observe(seconds(this.arrivalMs, atMs))
    metrics.queueTime.observe(seconds(this.arrivalMs, this.#scheduledMs))
    metrics.inferenceTime.observe(seconds(this.#scheduledMs, this.#lastMs))
    metrics.prefillTime.observe(seconds(this.#scheduledMs, this.#firstMs))
    metrics.decodeTime.observe(seconds(this.#firstMs, this.#lastMs))
    metrics.preemptionsPerRequest.observe(this.#preemptions)
    metrics.prefillComputed.observe(this.#promptTokens - this.#cachedTokens)
  }

  promptTokensDetails(): PromptTokensDetails {
    const kept = this.#prefixCaching ? this.#promptTokens - (this.#promptTokens % BLOCK_TOKENS) : 0
    return { cached_tokens: this.#cachedTokens, created_cache_tokens: Math.max(0, kept - this.#cachedTokens) }
  }

  timings(): RequestTimings {
    const first = this.#firstMs - this.#scheduledMs
    const generation = this.#lastMs - this.#firstMs
    const inference = first + generation
    return {
      time_to_first_token_ms: first,
      generation_time_ms: generation,
      queue_time_ms: this.#scheduledMs - this.arrivalMs,
      mean_itl_ms: this.#tokens > 1 ? generation / (this.#tokens - 1) : null,
      tokens_per_second: inference > 0 ? (this.#tokens / inference) * 1000 : null,
    }
  }
}
