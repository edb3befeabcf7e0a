import { histogramOf, type Exposition } from '@slicechat/metrics/reading'
import { scrapeUntil, type Target } from './target.ts'

/** Histograms with one observation per finished request. */
const PER_REQUEST = [
  'e2e_request_latency_seconds',
  'request_queue_time_seconds',
  'request_inference_time_seconds',
  'request_prefill_time_seconds',
  'request_decode_time_seconds',
  'request_prompt_tokens',
  'request_generation_tokens',
  'request_max_num_generation_tokens',
  'request_params_n',
  'request_params_max_tokens',
  'request_time_per_output_token_seconds',
  'request_num_preemptions',
  'request_prefill_kv_computed_tokens',
].map((name) => `vllm:${name}`)

export const total = (page: Exposition, name: string, labels = {}) => page.sum(name, labels) ?? 0

export const isIdle = (page: Exposition) =>
  total(page, 'vllm:num_requests_running') === 0 && total(page, 'vllm:num_requests_waiting') === 0

/** The difference between two pages of metrics, before and after a load. */
export class Added {
  declare private readonly brand: never
  readonly before: Exposition
  readonly after: Exposition

  constructor(before: Exposition, after: Exposition) {
    this.before = before
    this.after = after
  }

  /** Increase of a counter. */
  total(name: string, labels = {}): number {
    return total(this.after, name, labels) - total(this.before, name, labels)
  }

  /** Increase of a histogram's count. */
  count(name: string): number {
    return (histogramOf(this.after, name)?.count ?? NaN) - (histogramOf(this.before, name)?.count ?? NaN)
  }

  /** Increase of a histogram's sum. */
  sum(name: string): number {
    return (histogramOf(this.after, name)?.sum ?? NaN) - (histogramOf(this.before, name)?.sum ?? NaN)
  }

  /** The per-request histograms whose count did not increase by exactly `count`. */
  otherThan(count: number): string[] {
    return PER_REQUEST.filter((name) => this.count(name) !== count)
  }
}

/**
 * Runs a load on an idle server, then waits until the server is idle again and `accept` holds. The metrics page comes
 * from a different process than the answers, and may lag a moment behind.
 */
export async function addedBy(
  target: Target,
  load: () => Promise<unknown>,
  accept: (added: Added) => boolean = () => true,
): Promise<Added> {
  const before = await scrapeUntil(target, isIdle)
  await load()
  const after = await scrapeUntil(target, (page) => isIdle(page) && accept(new Added(before, page)))
  return new Added(before, after)
}
