import type { Registry } from './registry.ts'

const FINE_EDGES = [
  0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 1.5, 2, 2.5, 3, 3.5, 4, 4.5, 5, 7.5, 10, 30, 60,
]
const SIZE_NOTE = 'Only value of header is respected. Otherwise ignored. No percentile calculated. '

/** One finished exchange, as the `http_*` metrics count it. */
export interface HttpSample {
  /** The route, or `none` if no route took the request. */
  readonly handler: string
  readonly method: string
  readonly status: number
  readonly requestBytes: number
  /** The `Content-Length`; 0 for a stream, which has none. */
  readonly responseBytes: number
  readonly seconds: number
}

/** The `http_*` metrics of vLLM's web framework, counted when a response ends. */
export class HttpMetrics {
  readonly #observe: (sample: HttpSample) => void

  constructor(registry: Registry) {
    const requests = registry.counter(
      'http_requests_total',
      'Total number of requests by method, status and handler.',
    )
    const requestSize = registry.summary(
      'http_request_size_bytes',
      `Content length of incoming requests by handler. ${SIZE_NOTE}`,
    )
    const responseSize = registry.summary(
      'http_response_size_bytes',
      `Content length of outgoing responses by handler. ${SIZE_NOTE}`,
    )
    const fine = registry.histogram(
      'http_request_duration_highr_seconds',
      'Latency with many buckets but no API specific labels. Made for more accurate percentile calculations. ',
      FINE_EDGES,
    )({})
    const coarse = registry.histogram(
      'http_request_duration_seconds',
      'Latency with only few buckets by handler. Made to be only used if aggregation by handler is important. ',
      [0.1, 0.5, 1],
    )
    this.#observe = ({ handler, method, status, requestBytes, responseBytes, seconds }) => {
      requests({ handler, method, status: `${Math.floor(status / 100)}xx` }).add(1)
      requestSize({ handler }).observe(requestBytes)
      responseSize({ handler }).observe(responseBytes)
      fine.observe(seconds)
      coarse({ handler, method }).observe(seconds)
    }
  }

  observe(sample: HttpSample): void {
    this.#observe(sample)
  }
}
